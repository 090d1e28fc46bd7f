namespace Weft.Host.Config.Document;

/// <summary>The key <c>analytics.quotients</c>.</summary>
internal sealed class QuotientSection : Section
{
    public List<QuotientApplicationSection> Applications { get; } = [];

    public Setting<int> UpdateSeconds { get; set; }

    public Setting<int> RememberDays { get; set; }

    public Setting<int> AlarmBelow { get; set; }
}
