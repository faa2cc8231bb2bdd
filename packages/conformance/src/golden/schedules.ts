import { getSchedule, serialize } from "@rowan/api";
import type { Serializable } from "@rowan/api";
import { expect } from "vitest";
import { Judge } from "./fixture.ts";
import type { Described, FixtureCase, FixtureTensor } from "./fixture.ts";
import type { ApiGroup } from "../suite/describe-groups.ts";
import { loadFixture } from "./load-fixture.ts";

interface ScheduleCase extends FixtureCase {
  readonly schedule: Described;
  readonly rates: FixtureTensor;
}

/** Learning rates over the number of updates done before. */
export const schedules: ApiGroup = {
  name: "schedules",
  async cases() {
    const fixture = await loadFixture<ScheduleCase, { readonly steps: FixtureTensor }>("schedules");
    const steps = fixture.inputs.steps.data.map(Number);
    return fixture.cases.map((item) => ({
      name: item.name,
      run() {
        const judge = new Judge(fixture, item);
        const schedule = getSchedule(item.schedule);
        const rates = steps.map((step) => schedule.call(step));
        judge.expectNumbers(rates, item.rates, "rates");

        const again = getSchedule(serialize(schedule as typeof schedule & Serializable));
        expect(steps.map((step) => again.call(step))).toEqual(rates);
      },
    }));
  },
};
