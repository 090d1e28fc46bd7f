using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

public sealed class InternetChecksumTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1071_Section3_the_numerical_example_sums_to_ddf2()
    {
        byte[] message = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        Assert.Equal(0xDDF2u, InternetChecksum.Sum(message));
        Assert.Equal(0x220D, InternetChecksum.Compute(message));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1071_Section1_an_odd_octet_is_padded_with_zero_behind()
    {
        Assert.Equal(0x0102u + 0x0300u, InternetChecksum.Sum([1, 2, 3]));
        Assert.Equal(0x0300u, InternetChecksum.Sum([3]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1624_Section4_the_example_gives_0000_and_not_ffff()
    {
        // The word 0x5555 of a header whose checksum is 0xDD2F becomes 0x3285; the words' complement sum is ~0xDD2F.
        Assert.Equal(0x0000, ChecksumDelta.Of((ushort)0x5555, (ushort)0x3285).Apply(0xDD2F));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc768_a_computed_udp_checksum_of_zero_goes_out_as_ffff_and_none_stays_none()
    {
        byte[] datagram = [0xFF, 0xFF];
        Assert.Equal(0, InternetChecksum.Compute(datagram, 0));
        Assert.Equal(0xFFFF, InternetChecksum.ComputeUdp(datagram, 0));
        ChecksumDelta delta = ChecksumDelta.Of((ushort)0x5555, (ushort)0x3285);
        Assert.Equal(0xFFFF, delta.ApplyUdp(0xDD2F));
        Assert.Equal(0, delta.ApplyUdp(0));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Every_body_agrees_with_the_words_added_one_by_one_at_all_lengths_and_alignments()
    {
        byte[] buffer = new byte[400];
        new Random(1).NextBytes(buffer);
        for (int alignment = 0; alignment < 64; alignment++)
        {
            for (int length = 0; length <= 300; length++)
            {
                AssertBodiesAgree(buffer.AsSpan(alignment, length));
            }
        }
    }

    [Theory]
    [Trait(Kind.Key, Kind.Property)]
    [InlineData(0x00)]
    [InlineData(0xFF)]
    [InlineData(0x80)]
    public void Every_body_carries_right_in_long_uniform_input(byte value)
    {
        byte[] buffer = new byte[65_535];
        Array.Fill(buffer, value);
        foreach (int length in (int[])[511, 512, 513, 1500, 9000, 65_534, 65_535])
        {
            AssertBodiesAgree(buffer.AsSpan(0, length));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Pieces_of_even_length_add_up_to_the_whole()
    {
        byte[] buffer = new byte[301];
        new Random(2).NextBytes(buffer);
        for (int cut = 0; cut < buffer.Length; cut += 2)
        {
            uint pieces = InternetChecksum.Sum(buffer.AsSpan(0, cut)) + InternetChecksum.Sum(buffer.AsSpan(cut));
            Assert.Equal(InternetChecksum.Compute(buffer), InternetChecksum.Fold(pieces));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_delta_gives_what_computing_anew_gives()
    {
        Random random = new(3);
        byte[] message = new byte[60];
        for (int round = 0; round < 100_000; round++)
        {
            random.NextBytes(message);
            message[0] |= 1; // A message of zeros has two checksums.
            ushort before = InternetChecksum.Compute(message);
            IPv6Address oldAddress = IPv6Address.Read(message.AsSpan(8));
            uint oldWord = Wire.U32(message, 24);
            ushort oldPort = Wire.U16(message, 28);
            random.NextBytes(message.AsSpan(8, 22));
            ChecksumDelta delta = ChecksumDelta.Of(oldAddress, IPv6Address.Read(message.AsSpan(8)))
                + ChecksumDelta.Of(oldWord, Wire.U32(message, 24))
                + ChecksumDelta.Of(oldPort, Wire.U16(message, 28));
            Assert.Equal(InternetChecksum.Compute(message), delta.Apply(before));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void No_change_changes_nothing_even_the_two_zeros()
    {
        for (int checksum = 0; checksum <= ushort.MaxValue; checksum++)
        {
            Assert.Equal(checksum, ChecksumDelta.Of((ushort)0x1234, (ushort)0x1234).Apply((ushort)checksum));
            Assert.Equal(checksum, ChecksumDelta.None.ApplyUdp((ushort)checksum));
        }
    }

    private static void AssertBodiesAgree(ReadOnlySpan<byte> bytes)
    {
        uint expected = OneByOne(bytes);
        Assert.Equal(expected, InternetChecksum.Sum(bytes));
        Assert.Equal(expected, InternetChecksum.SumScalar(bytes));
        Assert.Equal(expected, InternetChecksum.SumVector128(bytes));
        Assert.Equal(expected, InternetChecksum.SumVector256(bytes));
        Assert.Equal(expected, InternetChecksum.SumVector512(bytes));
    }

    private static uint OneByOne(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return sum;
    }
}
