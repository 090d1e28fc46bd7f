using Weft.Packets;

namespace Weft.Conformance.CorpusTests;

/// <content>What carries other packets.</content>
internal sealed partial class ViewReader
{
    private static bool Vxlan(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!VxlanView.TryParse(bytes, out VxlanView view))
        {
            return false;
        }

        // tshark shows the first two octets as one number; the second is the group policy extension's, zero here.
        fields.Add("flags", view.Flags << 8);
        fields.Add("vni", view.Vni);
        return true;
    }

    private static bool VxlanGpe(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!VxlanGpeView.TryParse(bytes, out VxlanGpeView view))
        {
            return false;
        }

        fields.Add("next_proto", view.NextProtocol);
        fields.Add("vni", view.Vni);
        return true;
    }

    private static bool Geneve(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!GeneveView.TryParse(bytes, out GeneveView view))
        {
            return false;
        }

        fields.Add("version", 0);
        fields.Add("option.length", view.OptionBytes.Length);
        fields.Add("flags.oam", view.IsControl);
        fields.Add("flags.critical", view.HasCriticalOptions);
        fields.Add("proto_type", view.ProtocolType);
        fields.Add("vni", view.Vni);
        foreach (GeneveOption option in view.Options)
        {
            fields.Add("option.class", option.Class);
            fields.Add("option.type", option.Type);
            fields.Add("option.length", GeneveOption.HeaderLength + option.Data.Length);
        }

        return true;
    }

    private static bool Gre(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!GreView.TryParse(bytes, out GreView view))
        {
            return false;
        }

        fields.Add("proto", view.ProtocolType);
        fields.Add("flags.checksum", view.HasChecksum);
        fields.Add("flags.key", view.Key is not null);
        fields.Add("flags.sequence_number", view.SequenceNumber is not null);
        fields.Add("checksum.status", Status(view.IsChecksumValid));
        fields.Add("key", view.Key ?? 0);
        fields.Add("sequence_number", view.SequenceNumber ?? 0);
        return true;
    }

    private static bool Nsh(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!NshView.TryParse(bytes, out NshView view))
        {
            return false;
        }

        fields.Add("version", 0);
        fields.Add("ttl", view.TimeToLive);
        fields.Add("length", view.HeaderLength / 4);
        fields.Add("mdtype", view.MetadataType);
        fields.Add("nextproto", view.NextProtocol);
        fields.Add("spi", view.ServicePath);
        fields.Add("si", view.ServiceIndex);
        return true;
    }

    private static bool Esp(ReadOnlySpan<byte> bytes, FieldSet fields)
    {
        if (!EspView.TryParse(bytes, out EspView view))
        {
            return false;
        }

        fields.Add("spi", view.Spi);
        fields.Add("sequence", view.SequenceNumber);
        return true;
    }
}
