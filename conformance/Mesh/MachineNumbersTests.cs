using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Conformance.MeshTests;

/// <summary>A number is one machine's, stays so, and rests before it is another's.</summary>
public sealed class MachineNumbersTests
{
    private const int Quarantine = 10;
    private const int Capacity = 4;

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Numbers_are_given_as_a_list_of_holders_would_give_them()
    {
        Arbitrary<(int Verb, int Who, int Number, int Wait)[]> steps = Arb.From(
            (from verb in Gen.Choose(0, 3) from who in Gen.Choose(0, 5) from number in Gen.Choose(0, Capacity - 1) from wait in Gen.Choose(0, 6) select (verb, who, number, wait)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            var numbers = new MachineNumbers(Capacity, TimeSpan.FromSeconds(Quarantine));
            var holders = new (int Who, int Until)?[Capacity];
            int now = 0;
            foreach ((int verb, int who, int number, int wait) in list)
            {
                now += wait;
                int held = Array.FindIndex(holders, holder => holder is { } place && place.Who == who && place.Until == int.MaxValue);
                bool Free(int place) => holders[place] is not { } holder || holder.Who == who || holder.Until <= now;
                switch (verb)
                {
                    case 0:
                        if (numbers.Release(Who(who), At(now)) != held >= 0)
                        {
                            return false;
                        }

                        if (held >= 0)
                        {
                            holders[held] = (who, now + Quarantine);
                        }

                        break;
                    case 1:
                        bool claims = held >= 0 ? held == number : Free(number);
                        if (numbers.TryClaim(Who(who), new MachineId(number), At(now)) != claims)
                        {
                            return false;
                        }

                        if (claims)
                        {
                            holders[number] = (who, int.MaxValue);
                        }

                        break;
                    default:
                        int former = Array.FindIndex(holders, holder => holder is { } place && place.Who == who);
                        int expected = held >= 0 ? held : former >= 0 ? former : Array.FindIndex([0, 1, 2, 3], Free);
                        bool given = numbers.TryAllocate(Who(who), At(now), out MachineId machine);
                        if (given != expected >= 0 || (given && machine.Number != expected))
                        {
                            return false;
                        }

                        if (given)
                        {
                            holders[expected] = (who, int.MaxValue);
                        }

                        break;
                }
            }

            return numbers.Count == holders.Count(holder => holder is { Until: int.MaxValue });
        }).Check(Chance.Of(400).WithEndSize(60));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_number_past_the_end_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MachineNumbers(0, TimeSpan.Zero));
        var numbers = new MachineNumbers(Capacity, TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.TryClaim(Who(0), new MachineId(Capacity), At(0)));
    }

    private static SpiffeId Who(int number) => SpiffeId.Parse($"spiffe://mesh.test/m{number}");

    private static Timestamp At(int seconds) => Timestamp.FromSeconds(seconds);
}
