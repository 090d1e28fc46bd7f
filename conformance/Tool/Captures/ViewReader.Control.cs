using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <content>Group membership and BFD.</content>
internal sealed partial class ViewReader
{
    private static bool Igmp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!IgmpView.TryParse(bytes, out IgmpView view))
        {
            return false;
        }

        fields.Add("version", view.Version);
        fields.Add("type", view.Type);
        fields.Add("max_resp", view.MaxResponseTenths);
        fields.Add("checksum.status", Status(view.IsChecksumValid));
        if (view.Type == IgmpType.ReportV3)
        {
            int records = 0;
            foreach (GroupRecord<IPv4Address> record in view.Records)
            {
                records++;
                fields.Add("record_type", record.Type);
                fields.Add("num_src", record.SourceCount);
                fields.Add("maddr", record.Group);
                for (int i = 0; i < record.SourceCount; i++)
                {
                    fields.Add("saddr", record.SourceAt(i));
                }
            }

            fields.Add("num_grp_recs", records);
            return true;
        }

        fields.Add("maddr", view.Group);
        fields.Add("s", view.SuppressRouterProcessing);
        fields.Add("qrv", view.Robustness);
        fields.Add("qqic", view.QueryIntervalSeconds);
        fields.Add("num_src", view.SourceCount);
        for (int i = 0; i < view.SourceCount; i++)
        {
            fields.Add("saddr", view.SourceAt(i));
        }

        return true;
    }

    private static bool Mld(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!MldView.TryParse(bytes, out MldView view))
        {
            return false;
        }

        if (view.Type != IcmpV6Type.MulticastListenerReportV2)
        {
            // Below 32768 the code of version 2 is the delay itself (RFC 3810, section 5.1.3).
            fields.Add(view.Version == 2 ? "mld.maximum_response_code" : "mld.maximum_response_delay", view.MaxResponseMilliseconds);
            fields.Add("mld.multicast_address", view.Group);
            return true;
        }

        int records = 0;
        foreach (GroupRecord<IPv6Address> record in view.Records)
        {
            records++;
            fields.Add("mldr.mar.record_type", record.Type);
            fields.Add("mldr.mar.nb_sources", record.SourceCount);
            fields.Add("mldr.mar.multicast_address", record.Group);
            for (int i = 0; i < record.SourceCount; i++)
            {
                fields.Add("mldr.mar.source_address", record.SourceAt(i));
            }
        }

        fields.Add("mldr.nb_mcast_records", records);
        return true;
    }

    private static bool Bfd(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!BfdControlView.TryParse(bytes, out BfdControlView view))
        {
            return false;
        }

        fields.Add("version", 1);
        fields.Add("diag", view.Diagnostic);
        fields.Add("sta", view.State);
        fields.Add("flags", ((int)view.State << 6) | (int)view.Flags);
        fields.Add("flags.p", (view.Flags & BfdFlags.Poll) != 0);
        fields.Add("flags.f", (view.Flags & BfdFlags.Final) != 0);
        fields.Add("flags.c", (view.Flags & BfdFlags.ControlPlaneIndependent) != 0);
        fields.Add("flags.a", (view.Flags & BfdFlags.Authentication) != 0);
        fields.Add("flags.d", (view.Flags & BfdFlags.Demand) != 0);
        fields.Add("flags.m", (view.Flags & BfdFlags.Multipoint) != 0);
        fields.Add("detect_time_multiplier", view.DetectMultiplier);
        fields.Add("message_length", BfdControlPacket.MinLength + view.Authentication.Length);
        fields.Add("my_discriminator", view.MyDiscriminator);
        fields.Add("your_discriminator", view.YourDiscriminator);
        fields.Add("desired_min_tx_interval", view.DesiredMinTxMicroseconds);
        fields.Add("required_min_rx_interval", view.RequiredMinRxMicroseconds);
        fields.Add("required_min_echo_interval", view.RequiredMinEchoRxMicroseconds);
        return true;
    }
}
