namespace Weft.Host.Config.Document;

/// <summary>The keys by which a rule says which packets it is about.</summary>
internal abstract class MatchSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<string>> Source { get; } = [];

    public List<Setting<string>> Destination { get; } = [];

    public List<Setting<string>> Services { get; } = [];

    public Setting<Packets.IpProtocol> Protocol { get; set; }

    public List<Setting<NumberRange>> SourcePorts { get; } = [];

    public List<Setting<NumberRange>> Ports { get; } = [];

    public Setting<int> IcmpType { get; set; }

    public Setting<int> IcmpCode { get; set; }

    public Setting<Packets.EtherType> EtherType { get; set; }

    public Setting<int> Dscp { get; set; }

    public Setting<bool> Established { get; set; }

    public Setting<bool> Fragments { get; set; }
}
