namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>analytics.quotients.applications[].machines</c>.</summary>
internal sealed class QuotientMachineSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];
}
