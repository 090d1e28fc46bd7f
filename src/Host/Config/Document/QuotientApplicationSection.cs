namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>analytics.quotients.applications</c>.</summary>
internal sealed class QuotientApplicationSection : Section
{
    public Setting<string> Name { get; set; }

    public List<QuotientMachineSection> Machines { get; } = [];
}
