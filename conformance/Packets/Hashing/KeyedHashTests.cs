using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

[Trait(Kind.Key, Kind.Property)]
public sealed class KeyedHashTests
{
    private const int Keys = 1 << 20;
    private const int Buckets = 1 << 12;

    private static readonly KeyedHash Hash = new(new HashSeed(0x0123456789ABCDEF, 0xFEDCBA9876543210));

    [Fact]
    public void Keys_are_sixteen_and_forty_bytes_without_padding()
    {
        Assert.Equal(FlowKey4.Length, Unsafe.SizeOf<FlowKey4>());
        Assert.Equal(FlowKey6.Length, Unsafe.SizeOf<FlowKey6>());
    }

    [Fact]
    public void The_same_seed_gives_the_same_hash_and_another_seed_another()
    {
        FlowKey4 key = Key(1);
        Assert.Equal(Hash.Hash(in key), new KeyedHash(new HashSeed(0x0123456789ABCDEF, 0xFEDCBA9876543210)).Hash(in key));
        Assert.NotEqual(Hash.Hash(in key), new KeyedHash(new HashSeed(0x0123456789ABCDEF, 0xFEDCBA9876543211)).Hash(in key));
        Assert.NotEqual(Hash.Hash(in key), new KeyedHash(new HashSeed(0x8123456789ABCDEF, 0xFEDCBA9876543210)).Hash(in key));
    }

    [Fact]
    public void A_word_hashes_like_a_key_of_eight_bytes()
    {
        ulong key = 42;
        Assert.Equal(Hash.Hash(42UL), Hash.Hash<ulong>(in key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(52)]
    public void Counting_keys_fill_the_buckets_evenly_by_any_bits_of_the_hash(int shift)
    {
        AssertEven(i => Hash.Hash((ulong)i), shift);
        AssertEven(i => Hash.Hash(Key(i)), shift);
        AssertEven(i => Hash.Hash(Key((int)BitOperations.RotateLeft((uint)i, 16))), shift);
        AssertEven(i => Hash.Hash(Key6(i)), shift);
    }

    [Fact]
    public void Every_bit_of_a_key_turns_every_bit_of_the_hash_in_about_half_the_cases()
    {
        AssertAvalanche<Key8>();
        AssertAvalanche<FlowKey4>();
        AssertAvalanche<Key24>();
        AssertAvalanche<FlowKey6>();
        AssertAvalanche<Key48>();
    }

    [Fact]
    public void A_size_that_is_no_multiple_of_eight_is_refused()
    {
        Assert.Throws<NotSupportedException>(() => Hash.Hash(1));
        Assert.Throws<NotSupportedException>(() => Hash.Hash(default(Key56)));
    }

    [Fact]
    public void A_seed_does_not_print_its_secret() => Assert.Equal("HashSeed", new HashSeed(1, 2).ToString());

    private static FlowKey4 Key(int i) =>
        new(new IPv4Address(0x0A000001), new IPv4Address(0x0A000000u + (uint)(i >> 16)), IpProtocol.Tcp, (ushort)i, 443);

    private static FlowKey6 Key6(int i) =>
        new(new IPv6Address(0x20010DB800000000, 1), new IPv6Address(0x20010DB800000000, (uint)(i >> 16)), IpProtocol.Udp, 53, (ushort)i);

    private static void AssertEven(Func<int, ulong> hash, int shift)
    {
        int[] counts = new int[Buckets];
        for (int i = 0; i < Keys; i++)
        {
            counts[(hash(i) >> shift) & (Buckets - 1)]++;
        }

        // Chi-squared with 4095 degrees of freedom has mean 4095 and standard deviation 90.5; eight of those never happen.
        double expected = (double)Keys / Buckets;
        double chiSquared = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.InRange(chiSquared, 4095 - (8 * 90.5), 4095 + (8 * 90.5));
    }

    private static void AssertAvalanche<TKey>()
        where TKey : unmanaged
    {
        const int Trials = 2000;
        Random random = new(7);
        byte[] bytes = new byte[Unsafe.SizeOf<TKey>()];
        int[,] turned = new int[bytes.Length * 8, 64];
        for (int trial = 0; trial < Trials; trial++)
        {
            random.NextBytes(bytes);
            ulong before = Hash.Hash(MemoryMarshal.Read<TKey>(bytes));
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                ulong difference = before ^ Hash.Hash(MemoryMarshal.Read<TKey>(bytes));
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                for (int output = 0; output < 64; output++)
                {
                    turned[bit, output] += (int)(difference >> output) & 1;
                }
            }
        }

        // The standard deviation of the share is 1.1 percent; nine of those are 10 percent.
        foreach (int count in turned)
        {
            Assert.InRange((double)count / Trials, 0.4, 0.6);
        }
    }

    private readonly record struct Key8(ulong A);

    private readonly record struct Key24(ulong A, ulong B, ulong C);

    private readonly record struct Key48(ulong A, ulong B, ulong C, ulong D, ulong E, ulong F);

    private readonly record struct Key56(ulong A, ulong B, ulong C, ulong D, ulong E, ulong F, ulong G);
}
