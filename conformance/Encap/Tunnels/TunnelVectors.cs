using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Underlay frames that other implementations put on a wire, and the endpoints they were sent from and to.</summary>
public static class TunnelVectors
{
    // Open vSwitch 3.1 (userspace datapath, dummy ports): a UDP datagram from 10.0.0.1:53 to 10.0.0.2:1000 through
    // geneve key=123 csum=true, vxlan key=456, geneve over IPv6 key=789, and geneve with option class 0x0104 type 0xc6.
    public const string OvsInner = "50540000000a50540000000908004500002000000000" + "40113f7b0a0000010a000002003503e8000c00000102aabb";

    public const string OvsGeneve =
        "f8bc124434b6aa55aa55000008004500005200004000401133e6010102580101025cd2f617c1003efc590000655800007b00" + OvsInner;

    public const string OvsVxlan =
        "f8bc124434b6aa55aa55000008004500005200004000401133e6010102580101025cd2f612b5003e0000080000000001c800" + OvsInner;

    public const string OvsGeneveIPv6 =
        "f8bc124434b7aa55aa55000086dd60000000003e11402001cafe0000000000000000000000882001cafe000000000000000000000092"
        + "d2f617c1003e91f30000655800031500" + OvsInner;

    public const string OvsGeneveCriticalOption =
        "f8bc124434b6aa55aa55000008004500005e00004000401133da010102580101025cd2f617c1004a31e80340655800007b00"
        + "0104c6020000000c00000007" + OvsInner;

    // The kernel's vxlan device (Linux 6.18): an MLD report, VNI 100 over IPv4 with a UDP checksum and a counting
    // identification, VNI 200 over IPv6 on UDP port 4790.
    public const string KernelVxlan =
        "020000000b01020000000a0108004500007eb8af000040113dbcc0000201c0000202b46012b5006aeb660800000000006400"
        + "3333000000160200000000a186dd6000000000240001fe80000000000000000000fffe0000a1ff0200000000000000000000000000163a00050200"
        + "0001008f0070c70000000104000000ff0200000000000000000001ff0000a1";

    public const string KernelVxlanIPv6 =
        "020000000b01020000000a0186dd60000000006a114020010db800000000000000000000000120010db8000000000000000000000002"
        + "e4d312b6006a7f7c080000000000c8003333000000160200000000a686dd6000000000240001fe80000000000000000000fffe0000a6"
        + "ff0200000000000000000000000000163a000502000001008f0070bd0000000104000000ff0200000000000000000001ff0000a6";

    private static readonly HashSeed Seed = new(0x0123456789abcdef, 0xfedcba9876543210);

    /// <summary>The endpoint that Open vSwitch's frames come from.</summary>
    public static VtepOptions OvsSender(TunnelProtocol protocol, bool ipv6 = false) => new()
    {
        Protocol = protocol,
        Address = VtepAddress.Parse(ipv6 ? "2001:cafe::88" : "1.1.2.88"),
        Mac = MacAddress.Parse("aa:55:aa:55:00:00"),
        EntropySeed = Seed,
    };

    /// <summary>The endpoint that Open vSwitch's frames go to.</summary>
    public static VtepOptions OvsReceiver(TunnelProtocol protocol, bool ipv6 = false) => new()
    {
        Protocol = protocol,
        Address = VtepAddress.Parse(ipv6 ? "2001:cafe::92" : "1.1.2.92"),
        Mac = MacAddress.Parse(ipv6 ? "f8:bc:12:44:34:b7" : "f8:bc:12:44:34:b6"),
        EntropySeed = Seed,
    };

    /// <summary>The endpoint that the kernel's IPv4 frame goes to.</summary>
    public static VtepOptions KernelReceiver { get; } = new()
    {
        Protocol = TunnelProtocol.Vxlan,
        Address = VtepAddress.Parse("192.0.2.2"),
        Mac = MacAddress.Parse("02:00:00:00:0b:01"),
        EntropySeed = Seed,
    };

    /// <summary>The endpoint that the kernel's IPv6 frame goes to.</summary>
    public static VtepOptions KernelReceiverIPv6 { get; } = new()
    {
        Protocol = TunnelProtocol.Vxlan,
        Address = VtepAddress.Parse("2001:db8::2"),
        Mac = MacAddress.Parse("02:00:00:00:0b:01"),
        UdpPort = 4790,
        EntropySeed = Seed,
    };

    public static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    /// <summary>Offers a frame to a fresh endpoint.</summary>
    public static DecapVerdict Decapsulate(VtepOptions options, byte[] frame, out DecapsulatedFrame result)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return new TunnelDecapsulator(options).Decapsulate(frame, layout, out result);
    }

    /// <summary>Offers a frame to a fresh endpoint.</summary>
    public static DecapVerdict Decapsulate(VtepOptions options, byte[] frame) => Decapsulate(options, frame, out _);

    /// <summary>A copy with some bytes changed: pairs of offset and value.</summary>
    public static byte[] With(byte[] frame, params (int Offset, byte Value)[] changes)
    {
        byte[] copy = [.. frame];
        foreach ((int offset, byte value) in changes)
        {
            copy[offset] = value;
        }

        return copy;
    }
}
