using System.Buffers.Binary;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>
/// What must come out for a frame of data, from the memberships that are known: a few loops over lists, whole frames built anew, every checksum
/// computed from the start.
/// </summary>
internal sealed class MulticastModel
{
    public MulticastSegmentOptions[] Segments { get; } = [SwitchTestBed.First(), SwitchTestBed.Second()];

    public HashSet<int> Down { get; } = [];

    public Dictionary<(string Group, string? Source), MulticastRoute> Routes { get; } = [];

    public List<string> Outputs(MulticastSnooper snooper, int segment, int ingress, string source, string group, byte ttl, int? tci, byte[] frame, bool marked)
    {
        var outputs = new List<string>();
        bool fromTunnel = Segments[segment].Members.FirstOrDefault(member => member.Port == ingress)?.IsVtep ?? false;
        Emit(outputs, snooper, segment, ingress, fromTunnel, marked, source, group, (member, _) => Rebuild(frame, tci, member.Vlan, null, null));
        MulticastRoute? route = Routes.GetValueOrDefault((group, source)) ?? Routes.GetValueOrDefault((group, null));
        if (route is not null && !fromTunnel && route.Incoming == segment && ttl > route.TtlThreshold)
        {
            foreach (int outgoing in route.Outgoing.Where(one => one != segment))
            {
                Emit(
                    outputs, snooper, outgoing, -1, false, false, source, group,
                    (member, _) => Rebuild(frame, tci, member.Vlan, Segments[outgoing].RouterMac, (byte)(ttl - 1)));
            }
        }

        return [.. outputs.Order(StringComparer.Ordinal)];
    }

    public static string Text(int port, int segment, bool marked, byte[] frame) => $"{port}/{segment}{(marked ? "*" : "")} {Convert.ToHexString(frame)}";

    private void Emit(
        List<string> outputs, MulticastSnooper snooper, int segment, int ingress, bool fromTunnel, bool marked, string source, string group, Func<SegmentMember, bool, byte[]> build)
    {
        var farSubnets = new HashSet<int>();
        bool groupSent = false;
        MulticastSegmentOptions options = Segments[segment];
        foreach (SegmentMember member in options.Members.Where(one => one.Port != ingress && !Down.Contains(one.Port)))
        {
            bool wanted = Wants(snooper, segment, member.Port, source, group);
            if (!member.IsVtep)
            {
                if (wanted)
                {
                    outputs.Add(Text(member.Port, segment, false, build(member, false)));
                }

                continue;
            }

            if ((options.SelectiveVteps && !wanted) || (fromTunnel && (!marked || member.Subnet != 0)))
            {
                continue;
            }

            if (options.Replication != ReplicationMode.HeadEnd && member.Subnet != 0)
            {
                if (farSubnets.Add(member.Subnet))
                {
                    outputs.Add(Text(member.Port, segment, true, build(member, true)));
                }
            }
            else if (options.Replication == ReplicationMode.Hybrid)
            {
                if (!groupSent)
                {
                    outputs.Add(Text(options.UnderlayGroupPort, segment, false, build(member, false)));
                }

                groupSent = true;
            }
            else
            {
                outputs.Add(Text(member.Port, segment, false, build(member, false)));
            }
        }
    }

    private static bool Wants(MulticastSnooper snooper, int segment, int port, string source, string group)
    {
        IPv6Address wantedGroup = MulticastAddress.Parse(group);
        IPv6Address from = MulticastAddress.Parse(source);
        if (snooper.IsRouterPort(segment, port, isIPv6: !MulticastAddress.IsIPv4(wantedGroup)))
        {
            return true;
        }

        MembershipSnapshot? member = snooper.Snapshot(Timestamp.Zero).Memberships.SingleOrDefault(one => one.Segment == segment && one.Port == port && one.Group == wantedGroup);
        return member is not null && (member.IsExclude ? !member.Blocked.Contains(from) : member.Forwarded.Contains(from));
    }

    private static byte[] Rebuild(byte[] frame, int? tci, ushort vlan, MacAddress? source, byte? ttl)
    {
        byte[] body = frame[(tci is null ? 12 : 16)..];
        bool isIPv4 = body[0] == 8;
        if (ttl is byte hops)
        {
            body[2 + (isIPv4 ? 8 : 7)] = hops;
            if (isIPv4)
            {
                body[12] = body[13] = 0;
                BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(12), InternetChecksum.Compute(body.AsSpan(2, 20)));
            }
        }

        byte[] addresses = frame[..12];
        source?.Write(addresses.AsSpan(6));
        int tag = ((tci ?? 0) & 0xF000) | vlan;
        byte[] tagBytes = vlan == 0 ? [] : [0x81, 0, (byte)(tag >> 8), (byte)tag];
        return [.. addresses, .. tagBytes, .. body];
    }
}
