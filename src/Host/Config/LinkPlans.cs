using Weft.Host.Config.Document;

namespace Weft.Host.Config;

/// <summary>Turns the sections of what neighbours say to each other into their plans.</summary>
internal static class LinkPlans
{
    public static LldpPlan Lldp(LldpSection section) => new()
    {
        Interval = TimeSpan.FromSeconds(section.IntervalSeconds.Value),
        Hold = section.Hold.Value,
        MaxNeighbors = section.MaxNeighbors.Value,
        ManagementAddress = section.ManagementAddress.IsKnown ? section.ManagementAddress.Value : null,
    };
}
