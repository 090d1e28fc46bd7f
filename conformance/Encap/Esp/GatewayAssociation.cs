using System.Buffers.Binary;
using System.Globalization;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>
/// One pair of associations between DPDK's ipsec-secgw and us: what it seals with, and what it opens with. The key material
/// follows from the SPI, so that captures of it can be read at any time.
/// </summary>
/// <param name="Number">Tells it from the others, in SPI and addresses.</param>
/// <param name="Algorithm">Cipher.</param>
/// <param name="Mode">Transport or tunnel mode.</param>
/// <param name="IsIPv6">Family of the inner packets, and of the outer ones.</param>
/// <param name="FirstSequence">Where the gateway's numbers start, with 64 bits; 0 for 32 bits from 1 on.</param>
public sealed record GatewayAssociation(int Number, AeadAlgorithm Algorithm, EspMode Mode, bool IsIPv6, ulong FirstSequence)
{
    /// <summary>Bytes of UDP payload of the packets that go through an association in either direction.</summary>
    public static readonly int[] PayloadBytes = [0, 1, 2, 3, 4, 5, 17, 64, 255, 700, 1300, 1301];

    /// <summary>What the gateway can do and we can with 32-bit numbers: both GCMs and ChaCha20-Poly1305, both modes, both families.</summary>
    public static readonly IReadOnlyList<GatewayAssociation> Short =
    [
        new(0, AeadAlgorithm.Aes128Gcm, EspMode.Tunnel, IsIPv6: false, 0),
        new(1, AeadAlgorithm.Aes256Gcm, EspMode.Tunnel, IsIPv6: false, 0),
        new(2, AeadAlgorithm.ChaCha20Poly1305, EspMode.Tunnel, IsIPv6: false, 0),
        new(3, AeadAlgorithm.Aes128Gcm, EspMode.Transport, IsIPv6: false, 0),
        new(4, AeadAlgorithm.Aes128Gcm, EspMode.Tunnel, IsIPv6: true, 0),
        new(5, AeadAlgorithm.Aes256Gcm, EspMode.Transport, IsIPv6: true, 0),
    ];

    /// <summary>The same with 64-bit numbers, some of them across the end of the low half. The gateway has one kind of numbers at a time.</summary>
    public static readonly IReadOnlyList<GatewayAssociation> Extended =
    [
        new(10, AeadAlgorithm.Aes128Gcm, EspMode.Tunnel, IsIPv6: false, uint.MaxValue - 5UL),
        new(11, AeadAlgorithm.Aes256Gcm, EspMode.Tunnel, IsIPv6: false, 1000),
        new(12, AeadAlgorithm.ChaCha20Poly1305, EspMode.Tunnel, IsIPv6: false, uint.MaxValue - 5UL),
        new(13, AeadAlgorithm.Aes128Gcm, EspMode.Transport, IsIPv6: false, 1),
        new(14, AeadAlgorithm.Aes256Gcm, EspMode.Tunnel, IsIPv6: true, uint.MaxValue - 5UL),
    ];

    /// <summary>What the gateway seals with.</summary>
    public uint SealingSpi => 0x100 + (uint)Number;

    /// <summary>What the gateway opens with.</summary>
    public uint OpeningSpi => 0x200 + (uint)Number;

    /// <summary>The keys of one of the two.</summary>
    public EspSaOptions Options(uint spi) => new()
    {
        Spi = spi,
        Algorithm = Algorithm,
        KeyMaterial = KeyMaterial(spi),
        Mode = Mode,
        ExtendedSequence = FirstSequence > 0,
        FirstSequence = Math.Max(1, FirstSequence),
        ReplayWindow = 128,
    };

    /// <summary>The outer addresses of tunnel mode, from the gateway or to it.</summary>
    public EspTunnelEnds Ends(bool fromGateway)
    {
        (VtepAddress gateway, VtepAddress far) = (Outer(1), Outer(2));
        return fromGateway ? new EspTunnelEnds(gateway, far) : new EspTunnelEnds(far, gateway);
    }

    /// <summary>The gateway's configuration for both directions: port 0 has the plain packets, port 1 the sealed ones.</summary>
    public string Configuration()
    {
        string family = IsIPv6 ? "ipv6" : "ipv4";
        return string.Join('\n',
            $"sp {family} out esp protect {SealingSpi} pri 1 dst {Network(toGateway: false)} sport 0:65535 dport 0:65535",
            $"sp {family} in esp protect {OpeningSpi} pri 1 dst {Network(toGateway: true)} sport 0:65535 dport 0:65535",
            $"sa out {SealingSpi} {Rule(SealingSpi, Ends(fromGateway: true))}",
            $"sa in {OpeningSpi} {Rule(OpeningSpi, Ends(fromGateway: false))}",
            $"rt {family} dst {Network(toGateway: true)} port 0",
            $"rt {family} dst {(Mode == EspMode.Tunnel ? $"{Text(Outer(2))}/{(IsIPv6 ? 128 : 32)}" : Network(toGateway: false))} port 1",
            "");
    }

    /// <summary>A plain frame, which the association protects.</summary>
    /// <param name="index">Which of <see cref="PayloadBytes"/>.</param>
    /// <param name="toGateway">Whether it goes to the network behind the gateway's port 0, or comes from it.</param>
    public byte[] Frame(int index, bool toGateway)
    {
        byte[] udp = new byte[UdpHeader.Length + PayloadBytes[index]];
        for (int i = UdpHeader.Length; i < udp.Length; i++)
        {
            udp[i] = (byte)((i * 7) + index + Number);
        }

        _ = new UdpHeader((ushort)(1024 + index), 53, PayloadBytes[index]).Write(udp);
        byte[] frame = new byte[EthernetHeader.UntaggedLength + (IsIPv6 ? IPv6Header.Length : IPv4Header.MinLength) + udp.Length];
        _ = new EthernetHeader { Destination = MacAddress.Parse("02:00:00:00:00:01"), Source = MacAddress.Parse("02:00:00:00:00:02"), EtherType = IsIPv6 ? EtherType.IPv6 : EtherType.IPv4 }.Write(frame);
        udp.CopyTo(frame, frame.Length - udp.Length);
        Span<byte> ip = frame.AsSpan(EthernetHeader.UntaggedLength);
        (VtepAddress source, VtepAddress destination) = (Inner(!toGateway), Inner(toGateway));
        if (IsIPv6)
        {
            _ = new IPv6Header { PayloadLength = udp.Length, NextHeader = IpProtocol.Udp, HopLimit = 64, Source = source.V6, Destination = destination.V6 }.Write(ip);
            uint pseudoHeader = InternetChecksum.PseudoHeader(source.V6, destination.V6, IpProtocol.Udp, udp.Length);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(frame.Length - udp.Length + UdpHeader.ChecksumOffset), InternetChecksum.Compute(udp, pseudoHeader));
        }
        else
        {
            _ = new IPv4Header { PayloadLength = udp.Length, Identification = (ushort)(0x100 + index), TimeToLive = 64, Protocol = IpProtocol.Udp, Source = source.V4, Destination = destination.V4 }.Write(ip);
        }

        return frame;
    }

    private byte[] KeyMaterial(uint spi)
    {
        byte[] material = new byte[Aead.KeyLength(Algorithm) + EspSaOptions.SaltLength];
        for (int i = 0; i < material.Length; i++)
        {
            material[i] = (byte)((spi * 31) + (uint)i);
        }

        return material;
    }

    private string Rule(uint spi, in EspTunnelEnds ends)
    {
        string cipher = Algorithm switch { AeadAlgorithm.Aes128Gcm => "aes-128-gcm", AeadAlgorithm.Aes256Gcm => "aes-256-gcm", _ => "chacha20-poly1305" };
        string mode = Mode == EspMode.Transport ? "transport" : $"{(IsIPv6 ? "ipv6" : "ipv4")}-tunnel src {Text(ends.Source)} dst {Text(ends.Destination)}";
        string sequence = FirstSequence > 0 ? string.Create(CultureInfo.InvariantCulture, $" esn {FirstSequence}") : "";
        return $"aead_algo {cipher} aead_key {string.Join(':', KeyMaterial(spi).Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)))} mode {mode}{sequence}";
    }

    private string Network(bool toGateway)
    {
        int network = (toGateway ? 200 : 100) + Number;
        return IsIPv6 ? $"2001:0db8:0000:{network:x4}:0000:0000:0000:0000/64" : $"192.168.{network}.0/24";
    }

    private VtepAddress Inner(bool behindGateway)
    {
        int network = (behindGateway ? 200 : 100) + Number;
        return VtepAddress.Parse(IsIPv6 ? $"2001:db8:0:{network:x}::7" : $"192.168.{network}.7");
    }

    private VtepAddress Outer(int side) => VtepAddress.Parse(IsIPv6 ? $"2001:db8:ffff:{side}::{Number + 1:x}" : $"172.16.{side}.{Number + 1}");

    /// <summary>The gateway reads IPv6 addresses without abbreviations only.</summary>
    private static string Text(VtepAddress address)
    {
        if (address.IsIPv4)
        {
            return address.ToString();
        }

        byte[] bytes = new byte[16];
        address.V6.Write(bytes);
        return string.Join(':', bytes.Chunk(2).Select(Convert.ToHexStringLower));
    }
}
