using Weft.Bfd;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BfdTests;

[Trait(Kind.Key, Kind.Rfc)]
public sealed class BfdPathTests
{
    private static readonly BfdControlPacket Packet = new() { State = BfdState.Up, DetectMultiplier = 3, MyDiscriminator = 7, YourDiscriminator = 9, DesiredMinTxMicroseconds = 50_000, RequiredMinRxMicroseconds = 50_000 };

    public static TheoryData<string, string, int> Paths => new()
    {
        { "192.0.2.1", "192.0.2.2", 0 },
        { "192.0.2.1", "192.0.2.2", 100 },
        { "2001:db8::1", "2001:db8::2", 0 },
        { "2001:db8::1", "2001:db8::2", 100 },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public void Rfc5881_Section4_and_5_a_frame_goes_to_port_3784_with_ttl_255(string local, string remote, int vlan)
    {
        BfdPath path = Path(local, remote, vlan);
        byte[] frame = new byte[BfdPath.MaxFrameLength];
        int length = path.Write(frame, Packet);
        Assert.True(PacketLayout.TryParse(frame.AsSpan(0, length), out PacketLayout layout));
        Assert.Equal("c0000ec8", Convert.ToHexStringLower(frame.AsSpan(layout.L4Offset, 4)));
        Assert.False(path.TryFind(frame.AsSpan(0, length), layout, out _, out _), "our own frame is not the other side's");

        Assert.True(Path(remote, local, vlan).TryFind(frame.AsSpan(0, length), layout, out ReadOnlySpan<byte> payload, out byte ttl));
        Assert.Equal(255, ttl);
        byte[] expected = new byte[24];
        Packet.Write(expected);
        Assert.Equal(expected, payload.ToArray());
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_damaged_or_shortened_frame_is_none_of_the_path(string local, string remote, int vlan)
    {
        byte[] frame = new byte[BfdPath.MaxFrameLength];
        int length = Path(local, remote, vlan).Write(frame, Packet);
        BfdPath receiver = Path(remote, local, vlan);
        for (int octet = 0; octet < length; octet++)
        {
            byte[] damaged = frame[..length];
            damaged[octet] ^= 0x01;
            bool found = PacketLayout.TryParse(damaged, out PacketLayout layout) && receiver.TryFind(damaged, layout, out ReadOnlySpan<byte> payload, out _);
            // Bits that nothing protects: MAC addresses and tag, traffic class, flow label and hop limit, IPv4's fields of its own checksum are not ours to judge.
            bool isHeader = octet < length - 32;
            Assert.False(found && !isHeader, $"octet {octet} of {length}");
        }

        for (int cut = 0; cut < length; cut++)
        {
            Assert.False(PacketLayout.TryParse(frame.AsSpan(0, cut), out PacketLayout layout) && receiver.TryFind(frame.AsSpan(0, cut), layout, out _, out _));
        }
    }

    private static BfdPath Path(string local, string remote, int vlan) => new()
    {
        LocalMac = MacAddress.Parse("02:00:00:00:00:01"),
        RemoteMac = MacAddress.Parse("02:00:00:00:00:02"),
        Local = Address(local),
        Remote = Address(remote),
        Vlan = (ushort)vlan,
    };

    internal static IPv6Address Address(string text) => IPv4Address.TryParse(text, out IPv4Address v4) ? BfdPath.Map(v4) : IPv6Address.Parse(text);
}
