using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Frames for the tests, written byte by byte so that the switch is not judged by its own encoder.</summary>
internal static class TestFrames
{
    public static readonly MacAddress A = MacAddress.Parse("02:00:00:00:00:0a");
    public static readonly MacAddress B = MacAddress.Parse("02:00:00:00:00:0b");
    public static readonly MacAddress C = MacAddress.Parse("02:00:00:00:00:0c");
    public static readonly MacAddress Broadcast = MacAddress.Broadcast;

    /// <summary>A frame with the local experimental EtherType.</summary>
    public static byte[] Plain(MacAddress to, MacAddress from, int length = 60, byte fill = 0x5A)
    {
        byte[] frame = new byte[length];
        frame.AsSpan().Fill(fill);
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x88B5);
        return frame;
    }

    /// <summary>The frame with an 802.1Q tag.</summary>
    public static byte[] Tagged(byte[] frame, ushort tci)
    {
        byte[] tagged = new byte[frame.Length + 4];
        frame.AsSpan(0, 12).CopyTo(tagged);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(12), 0x8100);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(14), tci);
        frame.AsSpan(12).CopyTo(tagged.AsSpan(16));
        return tagged;
    }

    /// <summary>An ARP message in a frame (RFC 826), padded.</summary>
    public static byte[] Arp(ushort operation, MacAddress to, MacAddress senderMac, IPv4Address sender, MacAddress targetMac, IPv4Address target)
    {
        byte[] frame = new byte[60];
        to.Write(frame);
        senderMac.Write(frame.AsSpan(6));
        byte[] head = [0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, (byte)operation];
        head.CopyTo(frame, 12);
        senderMac.Write(frame.AsSpan(22));
        sender.Write(frame.AsSpan(28));
        targetMac.Write(frame.AsSpan(32));
        target.Write(frame.AsSpan(38));
        return frame;
    }

    /// <summary>A router says that a packet of the tunnel is too big for the path to the peer (RFC 1191 section 4).</summary>
    /// <param name="mtu">What it says that the path carries.</param>
    /// <param name="quotedPort">Destination port of the packet that it quotes.</param>
    public static byte[] TooBig(ushort mtu, ushort quotedPort = 4789)
    {
        byte[] quoted = Vxlan([], TestPlans.Vni, TestPlans.PeerMac, TestPlans.VtepMac, TestPlans.VtepAddress, TestPlans.PeerAddress)[14..42];
        (quoted[20], quoted[21], quoted[22], quoted[23]) = (0xC0, 0x01, (byte)(quotedPort >> 8), (byte)quotedPort);
        byte[] frame = new byte[14 + 20 + 8 + quoted.Length];
        TestPlans.VtepMac.Write(frame);
        TestPlans.PeerMac.Write(frame.AsSpan(6));
        byte[] head = [0x08, 0x00, 0x45, 0xC0, 0, (byte)(28 + quoted.Length), 0, 0, 0, 0, 64, 1, 0, 0];
        head.CopyTo(frame, 12);
        IPv4Address.Parse("192.0.2.254").Write(frame.AsSpan(26));
        TestPlans.VtepAddress.Write(frame.AsSpan(30));
        byte[] icmp = [3, 4, 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted];
        icmp.CopyTo(frame, 34);
        ushort checksum = InternetChecksum.Compute(frame.AsSpan(34));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), checksum);
        FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>A Geneve packet from the peer with a piece of an inner frame and the fragment option of class 0xFF00, type 0x80.</summary>
    /// <param name="id">Number of the frame.</param>
    /// <param name="total">Bytes of the frame.</param>
    /// <param name="offset">Where the piece begins, in bytes.</param>
    /// <param name="length">Bytes of the piece.</param>
    public static byte[] Fragment(byte id, ushort total, int offset, int length) => Fragment(id, total, offset, new byte[length]);

    /// <summary>As above, with the bytes of the piece.</summary>
    public static byte[] Fragment(byte id, ushort total, int offset, ReadOnlySpan<byte> piece)
    {
        byte[] option = [0xFF, 0x00, 0x80, 2, 0, 0, 0, id, (byte)(total >> 8), (byte)total, (byte)(offset >> 8), (byte)offset];
        return FromPeer([.. option, .. piece], frame =>
        {
            byte[] geneve = [3, 0x40, 0x65, 0x58];
            geneve.CopyTo(frame, 42);
        });
    }

    /// <summary>A frame in VXLAN over IPv4 without a UDP checksum (RFC 7348 section 5).</summary>
    public static byte[] Vxlan(byte[] inner, uint vni, MacAddress to, MacAddress from, IPv4Address source, IPv4Address destination, Action<byte[]>? damage = null)
    {
        byte[] frame = new byte[50 + inner.Length];
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        Span<byte> ip = frame.AsSpan(14);
        byte[] head = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0];
        byte[] type = [0x08, 0x00];
        type.CopyTo(frame, 12);
        head.CopyTo(ip);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(36 + inner.Length));
        source.Write(ip[12..]);
        destination.Write(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 50000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 4789);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(16 + inner.Length));
        ip[28] = 0x08;
        BinaryPrimitives.WriteUInt32BigEndian(ip[32..], vni << 8);
        inner.CopyTo(frame, 50);
        damage?.Invoke(frame);
        FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>The same from the first peer of <see cref="TestPlans"/> to its endpoint.</summary>
    public static byte[] FromPeer(byte[] inner, Action<byte[]>? damage = null) =>
        Vxlan(inner, TestPlans.Vni, TestPlans.VtepMac, TestPlans.PeerMac, TestPlans.PeerAddress, TestPlans.VtepAddress, damage);

    /// <summary>A ping to the tunnel endpoint, as `ping -c 1 -s 4` of the kernel sends it: id 0x1234, sequence number 1, 00 to 03.</summary>
    public static byte[] Echo()
    {
        byte[] frame = new byte[60];
        TestPlans.VtepMac.Write(frame);
        TestPlans.PeerMac.Write(frame.AsSpan(6));
        byte[] rest = [0x08, 0x00, 0x45, 0, 0, 32, 0xAB, 0xCD, 0x40, 0, 64, 1, 0, 0];
        rest.CopyTo(frame, 12);
        TestPlans.PeerAddress.Write(frame.AsSpan(26));
        TestPlans.VtepAddress.Write(frame.AsSpan(30));
        // 0x0800 + 0x1234 + 0x0001 + 0x0001 + 0x0203 = 0x1C39, complemented.
        byte[] icmp = [8, 0, 0xE3, 0xC6, 0x12, 0x34, 0, 1, 0, 1, 2, 3];
        icmp.CopyTo(frame, 34);
        FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>Computes the IPv4 header checksum of a frame the slow way.</summary>
    public static void FixHeaderChecksum(byte[] frame)
    {
        Span<byte> ip = frame.AsSpan(14, 20);
        ip[10] = ip[11] = 0;
        uint sum = 0;
        for (int i = 0; i < ip.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~sum);
    }
}
