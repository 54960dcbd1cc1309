"""Collects the scripts of mpy/ as tests: one for each binary that a script runs on."""

import pytest
import scripts
from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a busy machine.
settings.register_profile("tickslot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tickslot")


def pytest_pycollect_makemodule(module_path, parent):
    # The scripts are MicroPython's: CPython must not import them.
    if scripts.FOLDER in module_path.parents:
        return ScriptFile.from_parent(parent, path=module_path)
    return None


class ScriptFile(pytest.File):
    def collect(self):
        if not scripts.is_script(self.path):
            return
        try:
            script = scripts.read(self.path)
        except ValueError as error:
            raise self.CollectError(str(error)) from None
        for variant in script.variants:
            yield ScriptTest.from_parent(self, name=variant, variant=variant, script=script.name,
                                         module_path=scripts.FROZEN)
        if "unfrozen" in script.also:
            variant = script.variants[0]
            yield ScriptTest.from_parent(self, name=f"{variant}-unfrozen", variant=variant,
                                         script=script.name, module_path=scripts.UNFROZEN)


class ScriptTest(pytest.Item):
    def __init__(self, *, script, variant, module_path, **others):
        super().__init__(**others)
        self.script, self.variant, self.module_path = script, variant, module_path

    def runtest(self):
        verdict = scripts.run(scripts.binary(self.variant), self.path,
                              module_path=self.module_path)
        self.add_report_section("call", "stdout", verdict.output)
        if verdict.outcome == "skip":
            pytest.skip(verdict.reason)
        if verdict.outcome == "fail":
            pytest.fail(f"{self.script} on {self.variant}: {verdict.reason}", pytrace=False)

    def reportinfo(self):
        return self.path, None, f"{self.script} [{self.name}]"
