using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <content>UDP, TCP, ICMP and what ICMPv6 carries.</content>
internal sealed partial class ViewReader
{
    private bool Udp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!UdpView.TryParse(bytes, out UdpView view))
        {
            return false;
        }

        fields.Add("srcport", view.SourcePort);
        fields.Add("dstport", view.DestinationPort);
        fields.Add("length", view.Length);
        fields.Add("checksum", view.Checksum);
        int absent = _isIPv6 ? 4 : 3;
        fields.Add("checksum.status", view.Checksum == 0 ? absent : Status(view.IsChecksumValid(PseudoHeader(IpProtocol.Udp, view.Length))));
        return true;
    }

    private bool Tcp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!TcpView.TryParse(bytes, out TcpView view))
        {
            return false;
        }

        fields.Add("srcport", view.SourcePort);
        fields.Add("dstport", view.DestinationPort);
        fields.Add("seq_raw", view.SequenceNumber);
        fields.Add("ack_raw", view.AcknowledgmentNumber);
        fields.Add("hdr_len", view.HeaderLength);
        fields.Add("flags", view.Flags);
        fields.Add("window_size_value", view.Window);
        fields.Add("checksum", view.Checksum);
        fields.Add("checksum.status", Status(view.IsChecksumValid(PseudoHeader(IpProtocol.Tcp, bytes.Length))));
        fields.Add("urgent_pointer", view.UrgentPointer);
        foreach (TcpOption option in view.Options)
        {
            switch (option.Kind)
            {
                case 2:
                    fields.Add("options.mss_val", BinaryPrimitives.ReadUInt16BigEndian(option.Data));
                    break;
                case 3:
                    fields.Add("options.wscale.shift", option.Data[0]);
                    break;
                case 4:
                    fields.Add("options.sack_perm", "04:02");
                    break;
                case 8:
                    fields.Add("options.timestamp.tsval", BinaryPrimitives.ReadUInt32BigEndian(option.Data));
                    fields.Add("options.timestamp.tsecr", BinaryPrimitives.ReadUInt32BigEndian(option.Data[4..]));
                    break;
            }
        }

        return true;
    }

    private bool Icmp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!IcmpView.TryParse(bytes, out IcmpView view))
        {
            return false;
        }

        IsQuotation = view.IsError;
        fields.Add("type", view.Type);
        fields.Add("code", view.Code);
        fields.Add("checksum", view.Checksum);
        fields.Add("checksum.status", Status(view.IsChecksumValid));
        fields.Add("ident", view.Identifier);
        fields.Add("seq", view.SequenceNumber);
        fields.Add("mtu", view.RestOfHeader & 0xFFFF);
        fields.Add("redir_gw", new IPv4Address(view.RestOfHeader));
        return true;
    }

    private bool IcmpV6(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!IcmpV6View.TryParse(bytes, out IcmpV6View view))
        {
            return false;
        }

        IsQuotation = view.IsError;
        fields.Add("type", view.Type);
        fields.Add("code", view.Code);
        fields.Add("checksum", view.Checksum);
        fields.Add("checksum.status", Status(view.IsChecksumValid(PseudoHeader(IpProtocol.IcmpV6, bytes.Length))));
        fields.Add("echo.identifier", view.Identifier);
        fields.Add("echo.sequence_number", view.SequenceNumber);
        fields.Add("mtu", view.RestOfHeader);
        return view.Type switch
        {
            IcmpV6Type.NeighborSolicitation or IcmpV6Type.NeighborAdvertisement => Neighbor(bytes, fields),
            IcmpV6Type.RouterSolicitation or IcmpV6Type.RouterAdvertisement => Router(bytes, fields),
            IcmpV6Type.MulticastListenerQuery or IcmpV6Type.MulticastListenerReport or IcmpV6Type.MulticastListenerDone
                or IcmpV6Type.MulticastListenerReportV2 => Mld(bytes, fields),
            _ => true,
        };
    }

    private static bool Neighbor(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!NeighborMessageView.TryParse(bytes, out NeighborMessageView view))
        {
            return false;
        }

        fields.Add(view.IsAdvertisement ? "nd.na.target_address" : "nd.ns.target_address", view.Target);
        if (view.TryGetLinkLayerAddress(out MacAddress address))
        {
            fields.Add("opt.linkaddr", address);
        }

        return true;
    }

    private static bool Router(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!RouterMessageView.TryParse(bytes, out RouterMessageView view))
        {
            return false;
        }

        if (NdOptionEnumerator.TryFindLinkLayerAddress(view.OptionBytes, NdOptionType.SourceLinkLayerAddress, out MacAddress address))
        {
            fields.Add("opt.linkaddr", address);
        }

        return true;
    }
}
