using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

public sealed class TunnelEcnTests
{
    private const int NotEct = 0;
    private const int Ect1 = 1;
    private const int Ect0 = 2;
    private const int Ce = 3;
    private const int Dropped = -1;

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(NotEct, NotEct, NotEct)]
    [InlineData(NotEct, Ect0, NotEct)]
    [InlineData(NotEct, Ect1, NotEct)]
    [InlineData(NotEct, Ce, Dropped)]
    [InlineData(Ect0, NotEct, Ect0)]
    [InlineData(Ect0, Ect0, Ect0)]
    [InlineData(Ect0, Ect1, Ect1)]
    [InlineData(Ect0, Ce, Ce)]
    [InlineData(Ect1, NotEct, Ect1)]
    [InlineData(Ect1, Ect0, Ect1)]
    [InlineData(Ect1, Ect1, Ect1)]
    [InlineData(Ect1, Ce, Ce)]
    [InlineData(Ce, NotEct, Ce)]
    [InlineData(Ce, Ect0, Ce)]
    [InlineData(Ce, Ect1, Ce)]
    [InlineData(Ce, Ce, Ce)]
    public void Rfc6040_Section4_2_Figure_4_on_IPv4_and_IPv6_inside(int inner, int outer, int expected)
    {
        byte[] frame4 = TunnelVectors.Bytes(TunnelVectors.OvsVxlan);
        frame4[50 + 15] = (byte)(0x28 | inner);
        Refresh(frame4.AsSpan(64, 20));
        Check(TunnelVectors.OvsReceiver(TunnelProtocol.Vxlan), frame4, outer, expected, frame => frame[50 + 15] & 3);

        byte[] frame6 = TunnelVectors.Bytes(TunnelVectors.KernelVxlan);
        frame6[50 + 15] = (byte)(inner << 4);
        frame6[40] = frame6[41] = 0;
        Check(TunnelVectors.KernelReceiver, frame6, outer, expected, frame => frame[50 + 15] >> 4 & 3);
    }

    private static void Check(VtepOptions options, byte[] frame, int outer, int expected, Func<byte[], int> read)
    {
        frame[15] = (byte)outer;
        Refresh(frame.AsSpan(14, 20));
        DecapVerdict verdict = TunnelVectors.Decapsulate(options, frame, out DecapsulatedFrame result);
        if (expected == Dropped)
        {
            Assert.Equal(DecapVerdict.CongestionDrop, verdict);
            return;
        }

        Assert.Equal(DecapVerdict.Decapsulated, verdict);
        Assert.Equal(expected, read(frame));
        Assert.True(!result.Inner.IsIPv4 || InternetChecksum.IsValid(frame.AsSpan(result.InnerOffset + result.Inner.L3Offset, 20)));
    }

    private static void Refresh(Span<byte> ip)
    {
        ip[10] = ip[11] = 0;
        ushort checksum = InternetChecksum.Compute(ip);
        (ip[10], ip[11]) = ((byte)(checksum >> 8), (byte)checksum);
    }
}
