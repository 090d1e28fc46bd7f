using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <summary>
/// Reads the headers of one frame, each where another program found it, through the views of Weft.Packets, and names what
/// it reads as that program does.
/// </summary>
internal sealed partial class ViewReader(byte[] frame)
{
    private int _ethernet;
    private int _tag;
    private int _network;
    private int _networkEnd;
    private bool _isIPv6;

    /// <summary>True behind an ICMP header, where packets are quoted and may be cut.</summary>
    public bool IsQuotation { get; private set; }

    /// <summary>The fields of a header, or null if no view accepts the bytes there. Call it for every header, in order.</summary>
    public FieldSet? Read(ExpectedHeader header)
    {
        var fields = new FieldSet();
        ReadOnlySpan<byte> rest = frame.AsSpan(header.Offset);
        bool read = header.Name switch
        {
            "eth" => Ethernet(header.Offset, fields),
            "vlan" or "ieee8021ad" => Tag(fields),
            "arp" => Arp(rest, fields),
            "ip" => IPv4(header.Offset, fields),
            "ipv6" => IPv6(header.Offset, fields),
            "ipv6.fraghdr" => Fragment(rest, fields),
            "udp" => Udp(Within(header.Offset), fields),
            "tcp" => Tcp(Within(header.Offset), fields),
            "icmp" => Icmp(Within(header.Offset), fields),
            "icmpv6" => IcmpV6(Within(header.Offset), fields),
            "igmp" => Igmp(Within(header.Offset), fields),
            "vxlan" when header["next_proto"] is not null => VxlanGpe(rest, fields),
            "vxlan" => Vxlan(rest, fields),
            "geneve" => Geneve(rest, fields),
            "gre" => Gre(Within(header.Offset), fields),
            "nsh" => Nsh(rest, fields),
            "bfd" => Bfd(Within(header.Offset), fields),
            "esp" => Esp(Within(header.Offset), fields),
            _ => throw new ArgumentException($"no view reads {header.Name}", nameof(header)),
        };
        return read ? fields : null;
    }

    private ReadOnlySpan<byte> Within(int offset) => frame.AsSpan(offset, Math.Max(_networkEnd - offset, 0));

    /// <summary>1 right, 0 wrong, 3 absent, 4 absent where it must not be: tshark's numbers.</summary>
    private static int Status(bool valid) => valid ? 1 : 0;

    private uint PseudoHeader(IpProtocol protocol, int length)
    {
        ReadOnlySpan<byte> network = frame.AsSpan(_network);
        if (_isIPv6)
        {
            // Read once already, or there would be no header behind it.
            _ = IPv6View.TryParse(network, out IPv6View v6);
            return InternetChecksum.PseudoHeader(v6.Source, v6.Destination, protocol, length);
        }

        _ = IPv4View.TryParse(network, out IPv4View v4);
        return InternetChecksum.PseudoHeader(v4.Source, v4.Destination, protocol, length);
    }

    private bool Ethernet(int offset, FieldSet fields)
    {
        (_ethernet, _tag, IsQuotation) = (offset, 0, false);
        if (!EthernetView.TryParse(frame.AsSpan(offset), out EthernetView view))
        {
            return false;
        }

        fields.Add("dst", view.Destination);
        fields.Add("src", view.Source);
        fields.Add("type", view.TagCount > 0 ? view.TagTypeAt(0) : view.EtherType);
        return true;
    }

    private bool Tag(FieldSet fields)
    {
        int index = _tag++;
        if (!EthernetView.TryParse(frame.AsSpan(_ethernet), out EthernetView view) || index >= view.TagCount)
        {
            return false;
        }

        VlanTci tci = view.TagAt(index);
        fields.Add("priority", tci.Priority);
        fields.Add("dei", tci.DropEligible);
        fields.Add("id", tci.VlanId);
        fields.Add("etype", index + 1 < view.TagCount ? view.TagTypeAt(index + 1) : view.EtherType);
        return true;
    }

    private static bool Arp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!ArpView.TryParse(bytes, out ArpView view))
        {
            return false;
        }

        fields.Add("opcode", view.Operation);
        fields.Add("src.hw_mac", view.SenderMac);
        fields.Add("src.proto_ipv4", view.SenderAddress);
        fields.Add("dst.hw_mac", view.TargetMac);
        fields.Add("dst.proto_ipv4", view.TargetAddress);
        return true;
    }

    private bool IPv4(int offset, FieldSet fields)
    {
        if (!IPv4View.TryParse(frame.AsSpan(offset), out IPv4View view))
        {
            return false;
        }

        (_network, _isIPv6, _networkEnd) = (offset, false, Math.Min(offset + view.TotalLength, frame.Length));
        fields.Add("hdr_len", view.HeaderLength);
        fields.Add("dsfield.dscp", view.Dscp);
        fields.Add("dsfield.ecn", view.Ecn);
        fields.Add("len", view.TotalLength);
        fields.Add("id", view.Identification);
        fields.Add("flags.df", view.DontFragment);
        fields.Add("flags.mf", view.MoreFragments);
        fields.Add("frag_offset", view.FragmentOffsetBytes / 8);
        fields.Add("ttl", view.TimeToLive);
        fields.Add("proto", view.Protocol);
        fields.Add("checksum", view.Checksum);
        fields.Add("checksum.status", Status(view.IsChecksumValid));
        fields.Add("src", view.Source);
        fields.Add("dst", view.Destination);
        return true;
    }

    private bool IPv6(int offset, FieldSet fields)
    {
        if (!IPv6View.TryParse(frame.AsSpan(offset), out IPv6View view))
        {
            return false;
        }

        (_network, _isIPv6, _networkEnd) = (offset, true, Math.Min(offset + 40 + view.PayloadLength, frame.Length));
        fields.Add("tclass.dscp", view.Dscp);
        fields.Add("tclass.ecn", view.Ecn);
        fields.Add("flow", view.FlowLabel);
        fields.Add("plen", view.PayloadLength);
        fields.Add("nxt", view.NextHeader);
        fields.Add("hlim", view.HopLimit);
        fields.Add("src", view.Source);
        fields.Add("dst", view.Destination);
        return true;
    }

    private static bool Fragment(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!IPv6FragmentHeader.TryParse(bytes, out IPv6FragmentHeader header))
        {
            return false;
        }

        fields.Add("nxt", header.NextHeader);
        fields.Add("offset", header.OffsetBytes / 8);
        fields.Add("more", header.MoreFragments);
        fields.Add("ident", header.Identification);
        return true;
    }
}
