using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>The bucket beside exact rational arithmetic.</summary>
public sealed class TokenBucketTests
{
    private static readonly Gen<long> Magnitudes = from bits in Gen.Choose(0, 62) from low in Gen.Choose(0, int.MaxValue) select (1L << bits) - 1 | (uint)low & ((1L << bits) - 1);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void It_agrees_with_exact_arithmetic_to_the_token_and_the_nanosecond()
    {
        Gen<(long Span, long Tokens)> step = from span in Magnitudes from tokens in Magnitudes from small in Gen.Choose(0, 2) select (span >> (small * 16), tokens >> (small * 12));
        Gen<(long Rate, long Burst, (long Span, long Tokens)[] Steps)> cases =
            from rate in Magnitudes from burst in Magnitudes from steps in step.ArrayOf() select (rate % (TokenBucket.MaxRate + 1), burst % (TokenBucket.MaxBurst + 1), steps);

        Prop.ForAll(cases.ToArbitrary(), test =>
        {
            var now = new Timestamp(-1_000_000_000_000_000_000);
            var bucket = new TokenBucket(test.Rate, test.Burst, now);
            BigInteger credits = new BigInteger(test.Burst) * 1_000_000_000;
            BigInteger full = credits;
            bool agrees = true;
            foreach ((long span, long tokens) in test.Steps)
            {
                long bounded = Math.Min(span, long.MaxValue - Math.Max(0, now.Nanoseconds));
                now = new Timestamp(now.Nanoseconds + bounded);
                credits = BigInteger.Min(full, credits + new BigInteger(bounded) * test.Rate);
                agrees &= bucket.Available(now) == (long)(credits / 1_000_000_000);
                agrees &= bucket.ReadyAt(now, tokens) == ExactReadyAt(now, credits, full, test.Rate, tokens);
                bool enough = new BigInteger(tokens) * 1_000_000_000 <= credits;
                agrees &= bucket.TryTake(now, tokens) == enough;
                credits -= enough ? new BigInteger(tokens) * 1_000_000_000 : 0;
            }

            return agrees;
        }).Check(Chance.Of(2000));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_rate_that_does_not_divide_the_nanosecond_does_not_drift_in_an_hour()
    {
        const long Rate = 7_777_777;
        var bucket = new TokenBucket(Rate, 10_000, Timestamp.Zero);
        bucket.TryTake(Timestamp.Zero, 10_000);
        long taken = 0;
        long now = 0;
        while (now < 3600L * 1_000_000_000)
        {
            now = Math.Min(now + 1_234_567, 3600L * 1_000_000_000);
            var at = new Timestamp(now);
            long available = bucket.Available(at);
            Assert.True(bucket.TryTake(at, available));
            taken += available;
            Assert.True(available < 10_000, "a step must accrue less than the bucket holds, otherwise it runs over");
        }

        Assert.Equal(Rate * 3600, taken);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_token_is_there_at_its_nanosecond_and_not_before()
    {
        var bucket = new TokenBucket(3, 2, Timestamp.Zero);
        Assert.True(bucket.TryTake(Timestamp.Zero, 2));
        Assert.Equal(new Timestamp(333_333_334), bucket.ReadyAt(Timestamp.Zero, 1));
        Assert.False(bucket.TryTake(new Timestamp(333_333_333), 1));
        Assert.True(bucket.TryTake(new Timestamp(333_333_334), 1));
        Assert.Equal(new Timestamp(666_666_667), bucket.ReadyAt(new Timestamp(333_333_334), 1));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Time_that_goes_back_gives_nothing_and_takes_nothing()
    {
        var bucket = new TokenBucket(1_000, 5, Timestamp.FromSeconds(10));
        Assert.True(bucket.TryTake(Timestamp.FromSeconds(5), 5));
        Assert.Equal(0, bucket.Available(Timestamp.Zero));
        Assert.Equal(1, bucket.Available(Timestamp.FromMilliseconds(10_001)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void The_default_bucket_gives_nothing_and_wrong_arguments_are_named()
    {
        TokenBucket empty = default;
        Assert.True(empty.TryTake(Timestamp.MaxValue, 0));
        Assert.False(empty.TryTake(Timestamp.MaxValue, 1));
        Assert.Equal(Timestamp.MaxValue, new TokenBucket(0, 5, default).ReadyAt(default, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(-1, 1, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(TokenBucket.MaxRate + 1, 1, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(1, TokenBucket.MaxBurst + 1, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => empty.TryTake(default, -1));
    }

    private static Timestamp ExactReadyAt(Timestamp now, BigInteger credits, BigInteger full, long rate, long tokens)
    {
        BigInteger needed = new BigInteger(tokens) * 1_000_000_000;
        if (needed <= credits)
        {
            return now;
        }

        if (needed > full || rate == 0)
        {
            return Timestamp.MaxValue;
        }

        BigInteger at = now.Nanoseconds + (needed - credits + rate - 1) / rate;
        return at >= long.MaxValue ? Timestamp.MaxValue : new Timestamp((long)at);
    }
}
