using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>VLANs of access-role ports, and whether their frames get anywhere.</summary>
internal static class VlanValidator
{
    /// <summary>VLAN of an access port that names none (IEEE 802.1Q table 9-2: the default PVID).</summary>
    public const ushort DefaultVlan = 1;

    public static void Validate(ValidationContext context)
    {
        foreach (PortSection port in context.Document.Ports.Where(port => port.Role is { IsKnown: true, Value: PortRole.Access } && port.Vlan.Mode.IsKnown))
        {
            if (port.Vlan.Mode.Value == VlanMode.Access)
            {
                ValidateAccess(port.Vlan, context);
            }
            else
            {
                ValidateTrunk(port.Vlan, context);
            }
        }
    }

    private static void ValidateAccess(VlanSection vlan, ValidationContext context)
    {
        if (vlan.Allowed.Count > 0)
        {
            context.Problems.Error(vlan.Allowed[0].At, "'allowed' has no meaning in mode access", "'id', or mode trunk");
        }

        if (vlan.Native.IsWritten)
        {
            context.Problems.Error(vlan.Native.At, "'native' has no meaning in mode access", "'id', or mode trunk");
        }

        int id = vlan.Id.IsKnown ? vlan.Id.Value : DefaultVlan;
        RequireSegment(id, vlan.Id, vlan.Id.IsWritten ? "" : ", which is the default", context);
    }

    private static void ValidateTrunk(VlanSection vlan, ValidationContext context)
    {
        if (vlan.Id.IsWritten)
        {
            context.Problems.Error(vlan.Id.At, "'id' has no meaning in mode trunk", "'native' for untagged frames, 'allowed' for tagged ones");
        }

        if (vlan.Native.IsKnown)
        {
            RequireSegment(vlan.Native.Value, vlan.Native, "", context);
        }

        ReportOverlaps(vlan.Allowed.Where(range => range.IsKnown).ToArray(), context.Problems);
        bool allKnown = vlan.Allowed.Count > 0 && vlan.Allowed.All(range => range.IsKnown);
        if (allKnown && context.SegmentVlans.Count > 0 && !vlan.AllowedIds.Any(id => context.SegmentVlans.Contains(id)))
        {
            context.Problems.Error(vlan.Allowed[0].At, "none of the allowed VLANs has a segment, so every tagged frame would be dropped", Segments(context));
        }
    }

    private static void ReportOverlaps(Setting<NumberRange>[] ranges, ProblemList problems)
    {
        Setting<NumberRange>[] sorted = ranges.OrderBy(range => range.Value.First).ToArray();
        for (int i = 1; i < sorted.Length; i++)
        {
            (Setting<NumberRange> lower, Setting<NumberRange> upper) = (sorted[i - 1], sorted[i]);
            if (upper.Value.First <= lower.Value.Last)
            {
                problems.Error(upper.At, $"{upper.Value} overlaps {lower.Value}", "each VLAN once");
            }
        }
    }

    private static void RequireSegment(int vlan, Setting<int> setting, string note, ValidationContext context)
    {
        bool isJudged = (setting.IsKnown || !setting.IsWritten) && context.Document.Segments.All(segment => segment.Vlan.IsKnown) && context.SegmentVlans.Count > 0;
        if (isJudged && !context.SegmentVlans.Contains(vlan))
        {
            context.Problems.Error(setting.At, $"no segment has VLAN {vlan}{note}, so every frame would be dropped", Segments(context));
        }
    }

    private static string Segments(ValidationContext context) =>
        $"a VLAN that has a segment: {string.Join(", ", context.SegmentVlans.Order().Take(12))}{(context.SegmentVlans.Count > 12 ? " …" : "")}";
}
