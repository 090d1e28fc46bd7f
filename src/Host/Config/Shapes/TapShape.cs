using Weft.Host.Config.Document;
using Weft.Ports;

namespace Weft.Host.Config.Shapes;

/// <summary>What is particular to TAP devices.</summary>
internal static class TapShape
{
    /// <summary>Key of a port.</summary>
    public static readonly Field<PortSection> Offload = new ScalarListField<PortSection, TapOffloads>(
        "offload",
        "What the kernel behind a tap port may leave to the switch, and the switch to it: checksums, superframes of TCP, and those of UDP where the kernel has them (Linux 6.2). tso and uso need csum. none: nothing.",
        Scalars.OneOf(("csum", TapOffloads.Checksum), ("tso", TapOffloads.Tso), ("uso", TapOffloads.Uso), ("none", TapOffloads.None)),
        3,
        "csum, tso and uso",
        section => section.Offload);

    /// <summary>What a port's section says.</summary>
    public static TapOffloads Offloads(PortSection port) =>
        port.Offload.Count == 0 ? TapOffloads.All : port.Offload.Aggregate(TapOffloads.None, (all, one) => all | one.Value);
}
