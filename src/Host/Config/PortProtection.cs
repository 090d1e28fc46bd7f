using Weft.Bridge;
using Weft.Host.Config.Document;

namespace Weft.Host.Config;

/// <summary>Turns the sections by which ports are limited into their plans.</summary>
internal static class PortProtection
{
    public static PortLearningPlan Learning(PortLearningSection section) => new()
    {
        MaxMacs = section.Max.IsKnown ? section.Max.Value : int.MaxValue,
        IsSticky = section.Sticky.Value,
        Refused = section.Refused.Value,
        Recovery = Recovery(section.RecoverySeconds),
    };

    public static LoopGuardPlan? LoopGuard(LoopGuardSection section) => !section.IsWritten ? null : new LoopGuardPlan
    {
        Action = section.Action.Value,
        Interval = TimeSpan.FromSeconds(section.IntervalSeconds.Value),
        Recovery = Recovery(section.RecoverySeconds),
    };

    public static StormLimits? Storm(StormSection section) =>
        section.Broadcast.IsKnown || section.Multicast.IsKnown || section.UnknownUnicast.IsKnown
            ? new StormLimits
            {
                Broadcast = OrNull(section.Broadcast),
                Multicast = OrNull(section.Multicast),
                UnknownUnicast = OrNull(section.UnknownUnicast),
                Burst = TimeSpan.FromMilliseconds(section.BurstMilliseconds.Value),
            }
            : null;

    public static MoveDamping? Damping(MoveDampingSection section) => section.MaxMoves.Value == 0
        ? null
        : new MoveDamping
        {
            MaxMoves = section.MaxMoves.Value,
            Window = TimeSpan.FromSeconds(section.WindowSeconds.Value),
            HoldDown = TimeSpan.FromSeconds(section.HoldSeconds.Value),
        };

    private static TimeSpan? Recovery(Setting<int> seconds) => seconds.Value == 0 ? null : TimeSpan.FromSeconds(seconds.Value);

    private static int? OrNull(Setting<int> setting) => setting.IsKnown ? setting.Value : null;
}
