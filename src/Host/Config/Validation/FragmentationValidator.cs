using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Fragmentation in the outer header: the tunnel protocol that can carry it, the shares that must fit, the memory it takes.</summary>
internal static class FragmentationValidator
{
    private const long MaxBytes = 1L << 30;

    public static void Validate(ValidationContext context)
    {
        foreach (VtepSection vtep in context.Document.Vteps)
        {
            ValidateMtu(vtep, context);
            FragmentationSection fragmentation = vtep.Fragmentation;
            if (!fragmentation.Policy.IsKnown || fragmentation.Policy.Value != FragmentationPolicy.Fragment)
            {
                continue;
            }

            ValidateReservedBits(vtep, fragmentation, context.Problems);

            ValidateShare(fragmentation.MaxPerSource, fragmentation.MaxDatagrams, context);
            ValidateShare(fragmentation.MaxPerVni, fragmentation.MaxDatagrams, context);
            ValidateMemory(fragmentation, context);
        }
    }

    /// <summary>The underlay's MTU as this endpoint sees it.</summary>
    public static int Mtu(VtepSection vtep, PortSection port) => vtep.Mtu.IsKnown ? vtep.Mtu.Value : port.Mtu.Value;

    /// <summary>Pieces that a receiver takes for frames are an accident that somebody has to want in so many words.</summary>
    private static void ValidateReservedBits(VtepSection vtep, FragmentationSection fragmentation, ProblemList problems)
    {
        if (!vtep.Encapsulation.IsKnown || !fragmentation.VxlanReservedBits.IsKnown)
        {
            return;
        }

        bool isVxlan = vtep.Encapsulation.Value == TunnelKind.Vxlan;
        if (isVxlan && !fragmentation.VxlanReservedBits.Value)
        {
            problems.Error(
                fragmentation.Policy.At,
                "a VXLAN header has no place for fragment information that an unaware receiver must refuse",
                "encapsulation geneve or vxlan-gpe, the policy signal or drop, or vxlanReservedBits: all-receivers-know");
        }
        else if (!isVxlan && fragmentation.VxlanReservedBits.Value)
        {
            problems.Error(fragmentation.VxlanReservedBits.At, "the encapsulation is not vxlan and needs no reserved bits", "encapsulation vxlan, or no such key");
        }
    }

    private static void ValidateMtu(VtepSection vtep, ValidationContext context)
    {
        PortSection? port = context.Document.Ports.Find(p => p.Name.IsKnown && vtep.Port.IsKnown && p.Name.Value == vtep.Port.Value);
        if (vtep.Mtu.IsWrittenAndKnown && port is { Mtu.IsKnown: true } && vtep.Mtu.Value > port.Mtu.Value)
        {
            context.Problems.Error(vtep.Mtu.At, $"{vtep.Mtu.Value} bytes are more than the mtu {port.Mtu.Value} of port {Quoted.Of(port.Name.Value)}", $"at most {port.Mtu.Value}");
        }
    }

    private static void ValidateShare(Setting<int> share, Setting<int> all, ValidationContext context)
    {
        if (share.IsWrittenAndKnown && all.IsKnown && share.Value > all.Value)
        {
            context.Problems.Error(share.At, $"a share of {share.Value} is more than all {all.Value} frames of maxDatagrams", $"at most {all.Value}");
        }
    }

    private static void ValidateMemory(FragmentationSection fragmentation, ValidationContext context)
    {
        if (fragmentation.MaxDatagrams.IsKnown && fragmentation.MaxFrame.IsKnown && (long)fragmentation.MaxDatagrams.Value * fragmentation.MaxFrame.Value > MaxBytes)
        {
            context.Problems.Error(
                fragmentation.MaxDatagrams.At,
                $"{fragmentation.MaxDatagrams.Value} frames of {fragmentation.MaxFrame.Value} bytes are more than 1 GiB",
                $"at most {MaxBytes / fragmentation.MaxFrame.Value}");
        }
    }
}
