"""The clocks of the work alone, as gather's own programs have them: what is read and opened before does not count."""

import json
import resource
import time


class Clock:
    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu

    def say(self, records):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures = {"wall_us": round(self.wall * 1e6), "cpu_us": round(self.cpu * 1e6), "peak_kib": peak}
        print(json.dumps({**figures, "records": records}))
