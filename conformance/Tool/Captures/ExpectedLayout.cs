using System.Globalization;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <summary>What <see cref="PacketLayout"/> must find, derived from another program's headers alone.</summary>
internal static class ExpectedLayout
{
    private static readonly string[] Tags = ["vlan", "ieee8021ad"];
    private static readonly string[] Extensions = ["ipv6.hopopts", "ipv6.dstopts", "ipv6.routing", "ipv6.fraghdr"];

    private static readonly Dictionary<string, IpProtocol> Transports = new()
    {
        ["tcp"] = IpProtocol.Tcp,
        ["udp"] = IpProtocol.Udp,
        ["icmp"] = IpProtocol.Icmp,
        ["icmpv6"] = IpProtocol.IcmpV6,
        ["igmp"] = IpProtocol.Igmp,
        ["gre"] = IpProtocol.Gre,
        ["esp"] = IpProtocol.Esp,
    };

    /// <summary>The layouts of every Ethernet frame in a frame: its own, and those that tunnels carry.</summary>
    /// <param name="headers">All headers of the frame, <c>frame</c> first.</param>
    public static IEnumerable<PacketLayout> Of(IReadOnlyList<ExpectedHeader> headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (headers[i].Name == "eth")
            {
                yield return OfEthernet(headers, i, headers[0].Length);
            }
        }
    }

    private static PacketLayout OfEthernet(IReadOnlyList<ExpectedHeader> headers, int at, int frameLength)
    {
        ExpectedHeader ethernet = headers[at++];
        string? type = ethernet["type"];
        var layout = new PacketLayout { L2Offset = (ushort)ethernet.Offset };
        int l3 = ethernet.Offset + 14;
        for (; at < headers.Count && Tags.Contains(headers[at].Name); at++)
        {
            ExpectedHeader tag = headers[at];
            if (layout.VlanTags++ == 0)
            {
                layout.OuterTci = (ushort)((Number(tag["priority"]) << 13) | (Number(tag["dei"]) << 12) | Number(tag["id"]));
            }

            type = tag["etype"];
            l3 += 4;
        }

        layout.EtherType = type is null ? EtherType.None : (EtherType)Number(type);
        layout.L3Offset = layout.L4Offset = layout.PayloadOffset = (ushort)l3;
        layout.EndOffset = (ushort)frameLength;
        if (at < headers.Count && headers[at].Name is "ip" or "ipv6")
        {
            Network(headers, at, ref layout);
        }

        return layout;
    }

    private static void Network(IReadOnlyList<ExpectedHeader> headers, int at, ref PacketLayout layout)
    {
        ExpectedHeader ip = headers[at++];
        bool later = false;
        if (ip.Name == "ip")
        {
            int length = Number(ip["hdr_len"]);
            later = Number(ip["frag_offset"]) != 0;
            layout.Flags = LayoutFlags.IPv4 | (length > 20 ? LayoutFlags.IpOptions : 0) | (later || ip["flags.mf"] == "1" ? LayoutFlags.Fragment : 0);
            layout.Protocol = (IpProtocol)Number(ip["proto"]);
            layout.L4Offset = layout.PayloadOffset = (ushort)(ip.Offset + length);
            layout.EndOffset = (ushort)(ip.Offset + Number(ip["len"]));
        }
        else
        {
            layout.Flags = LayoutFlags.IPv6;
            layout.Protocol = (IpProtocol)Number(ip["nxt"]);
            layout.L4Offset = layout.PayloadOffset = (ushort)(ip.Offset + 40);
            layout.EndOffset = (ushort)(ip.Offset + 40 + Number(ip["plen"]));
            for (; at < headers.Count && Extensions.Contains(headers[at].Name); at++)
            {
                ExpectedHeader extension = headers[at];
                layout.Flags |= LayoutFlags.IpOptions;
                layout.Protocol = (IpProtocol)Number(extension["nxt"]);
                layout.L4Offset = layout.PayloadOffset = (ushort)(extension.Offset + extension.Length);
                if (extension.Name == "ipv6.fraghdr")
                {
                    later = Number(extension["offset"]) != 0;
                    layout.Flags |= later || extension["more"] == "1" ? LayoutFlags.Fragment : 0;
                }
            }
        }

        if (later)
        {
            layout.Flags |= LayoutFlags.LaterFragment;
        }
        else if (at < headers.Count && Transports.TryGetValue(headers[at].Name, out IpProtocol protocol) && protocol == layout.Protocol)
        {
            ExpectedHeader transport = headers[at];
            if (transport.Offset != layout.L4Offset)
            {
                throw new FormatException($"a table whose {transport.Name} header at {transport.Offset} is not where its network header ends, at {layout.L4Offset}");
            }

            layout.Flags |= LayoutFlags.L4;
            layout.PayloadOffset += (ushort)(transport.Name switch { "tcp" => Number(transport["hdr_len"]), "gre" => 4, _ => 8 });
        }
    }

    private static int Number(string? text) => text switch
    {
        null => 0,
        _ when text.StartsWith("0x", StringComparison.Ordinal) => int.Parse(text.AsSpan(2), NumberStyles.HexNumber),
        _ => int.Parse(text),
    };
}
