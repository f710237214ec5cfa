//! Query parameters that say where a reader came from, never what is read.
//!
//! This is the only list of them. A name is taken in when at least two of the lists that browsers and blockers keep
//! have it, and left out when some site chooses its page by it: `ref`, `id`, `source`, `from`, `s` are never here.
//!
//! Such lists are kept by: Mozilla (the `query-stripping` collection of Firefox), Brave (its query filter), AdGuard
//! (the URL Tracking filter), ClearURLs (the rules for all sites).

/// Names in lower case. A trailing `*` stands for anything.
const NAMES: &[&str] = &[
    // Campaigns, as the tools for measuring visits name them.
    "utm_*",
    "mtm_*",
    "pk_*",
    "piwik_*",
    "matomo_*",
    "hsa_*",
    "stm_*",
    "itm_*",
    "otm_*",
    "hmb_campaign",
    "hmb_medium",
    "hmb_source",
    "ga_campaign",
    "ga_content",
    "ga_medium",
    "ga_place",
    "ga_source",
    "ga_term",
    "at_bbc_team",
    "at_campaign",
    "at_custom*",
    "at_format",
    "at_link_*",
    "at_medium",
    "at_ptr_name",
    "at_recipient_id",
    "at_recipient_list",
    "sc_campaign",
    "sc_channel",
    "sc_content",
    "sc_country",
    "sc_eh",
    "sc_geo",
    "sc_medium",
    "sc_outcome",
    "cmpid",
    "ncid",
    "icid",
    "s_cid",
    "wt_mc",
    "wt.mc_id",
    "wt_zmc",
    "wtrid",
    "xtor",
    "tracking_source",
    "echobox",
    "soc_src",
    "soc_trk",
    "spm",
    "cvid",
    "oicd",
    // Clicks on advertisements and shared links.
    "fbclid",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "gclid",
    "gclsrc",
    "gbraid",
    "wbraid",
    "gad_campaignid",
    "gad_source",
    "dclid",
    "msclkid",
    "yclid",
    "ymclid",
    "ysclid",
    "twclid",
    "ttclid",
    "irclickid",
    "rb_clickid",
    "unicorn_click_id",
    "igshid",
    "igsh",
    "li_fat_id",
    "epik",
    "srsltid",
    "wickedid",
    "__twitter_impression",
    "_branch_match_id",
    "_branch_referrer",
    "_ga",
    "_gl",
    "_openstat",
    "ref_src",
    "ref_url",
    "rss_id",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    // Readers of newsletters.
    "__hs*",
    "_hs*",
    "hsctatracking",
    "__s",
    "_bhlid",
    "_kx",
    "bbeml",
    "bsft_*",
    "elqtrack",
    "elqtrackid",
    "et_rid",
    "mc_cid",
    "mc_eid",
    "mc_tc",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "oft_*",
    "oly_*",
    "os_ehash",
    "sms_click",
    "sms_source",
    "sms_uph",
    "ss_email_id",
    "vero_*",
    "vgo_ee",
    // What a cache of AMP pages adds.
    "amp_gsa",
    "amp_js_v",
    "amp_tf",
    "aoh",
    "usqp",
];

/// Whether a parameter of this name can be dropped.
pub(crate) fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_lower_case_and_says_each_name_once() {
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!(*name, name.to_ascii_lowercase());
            let stem = name.trim_end_matches('*');
            assert!(stem.len() >= 3, "{name} would take too much");
            let again = NAMES[..at]
                .iter()
                .find(|other| match other.strip_suffix('*') {
                    Some(start) => stem.starts_with(start),
                    None => other == &name,
                });
            assert_eq!(again, None, "{name}");
        }
    }

    #[test]
    fn what_chooses_a_page_somewhere_is_not_on_it() {
        for name in [
            "id", "v", "p", "q", "s", "t", "page", "ref", "source", "from", "article", "story",
            "utm", "amp",
        ] {
            assert!(!is_tracking(name), "{name}");
        }
    }
}
