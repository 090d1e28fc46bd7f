using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Meters of two rates and three colours, by the RFCs' own words and beside exact arithmetic.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ThreeColorMeterTests
{
    [Fact]
    public void Rfc2698_Section3_What_is_not_red_takes_from_the_peak_and_what_is_green_from_both()
    {
        var meter = new ThreeColorMeter(MeterKind.PeakRate, 1000, 3000, 2000, 4000, Timestamp.Zero);
        MeterColor[] said = [.. Enumerable.Range(0, 6).Select(_ => meter.Meter(Timestamp.Zero, 1000))];
        Assert.Equal([MeterColor.Green, MeterColor.Green, MeterColor.Green, MeterColor.Yellow, MeterColor.Red, MeterColor.Red], said);
        // One second later there are 1,000 committed tokens and 2,000 of the peak.
        Timestamp later = Timestamp.FromSeconds(1);
        Assert.Equal([MeterColor.Green, MeterColor.Yellow, MeterColor.Red], new[] { meter.Meter(later, 1000), meter.Meter(later, 1000), meter.Meter(later, 1000) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new ThreeColorMeter(MeterKind.PeakRate, 2, 1, 1, 1, Timestamp.Zero));
    }

    [Fact]
    public void Rfc4115_Section4_Yellow_packets_take_nothing_from_green_ones()
    {
        var meter = new ThreeColorMeter(MeterKind.ExcessRate, 1000, 3000, 500, 1000, Timestamp.Zero);
        Assert.Equal(MeterColor.Yellow, meter.Meter(Timestamp.Zero, 1000, MeterColor.Yellow));
        Assert.Equal(MeterColor.Red, meter.Meter(Timestamp.Zero, 1000, MeterColor.Yellow));
        Assert.Equal([MeterColor.Green, MeterColor.Green, MeterColor.Green, MeterColor.Red], Enumerable.Range(0, 4).Select(_ => meter.Meter(Timestamp.Zero, 1000)));
        Assert.Equal(MeterColor.Red, meter.Meter(Timestamp.FromSeconds(100), 1, MeterColor.Red));
        Assert.Equal(MeterColor.Red, default(ThreeColorMeter).Meter(Timestamp.Zero, 1));
    }

    [Fact]
    public void Colours_are_those_of_exact_arithmetic() => Prop.ForAll(
        (from kind in Gen.Elements(MeterKind.PeakRate, MeterKind.ExcessRate)
         from rate in Gen.Choose(0, 5000)
         from more in Gen.Choose(0, 5000)
         from bursts in Gen.Choose(0, 6000).Two()
         select (kind, rate, more, bursts.Item1, bursts.Item2)).ToArbitrary(),
        (from wait in Gen.Choose(0, 900_000_000) from bytes in Gen.Choose(0, 2000) from color in Gen.Choose(0, 2) select (wait, bytes, (MeterColor)color)).ArrayOf(40).ToArbitrary(),
        (options, packets) =>
        {
            (MeterKind kind, int rate, int more, int burst, int secondBurst) = options;
            int second = kind == MeterKind.PeakRate ? rate + more : more;
            var meter = new ThreeColorMeter(kind, rate, burst, second, secondBurst, Timestamp.Zero);
            (BigInteger c, BigInteger s, long now) = (burst * Nano, secondBurst * Nano, 0);
            foreach ((int wait, int bytes, MeterColor color) in packets)
            {
                now += wait;
                c = BigInteger.Min(burst * Nano, c + (BigInteger)rate * wait);
                s = BigInteger.Min(secondBurst * Nano, s + (BigInteger)second * wait);
                BigInteger need = bytes * Nano;
                MeterColor expected;
                if (kind == MeterKind.PeakRate)
                {
                    expected = color == MeterColor.Red || s < need ? MeterColor.Red : color == MeterColor.Yellow || c < need ? MeterColor.Yellow : MeterColor.Green;
                    s -= expected != MeterColor.Red ? need : 0;
                    c -= expected == MeterColor.Green ? need : 0;
                }
                else
                {
                    expected = color == MeterColor.Green && c >= need ? MeterColor.Green : color != MeterColor.Red && s >= need ? MeterColor.Yellow : MeterColor.Red;
                    c -= expected == MeterColor.Green ? need : 0;
                    s -= expected == MeterColor.Yellow ? need : 0;
                }

                if (meter.Meter(new Timestamp(now), bytes, color) != expected)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static readonly BigInteger Nano = 1_000_000_000;
}
