using System.Text;

namespace Weft.Host.Observe;

/// <summary>What the switch would do with one packet, stage by stage, and the verdict.</summary>
public sealed record PacketTrace
{
    /// <summary>Stages in the order in which the packet, and copies of it, met them.</summary>
    public required IReadOnlyList<TraceLine> Lines { get; init; }

    /// <summary>What became of it.</summary>
    public required TraceOutcome Outcome { get; init; }

    /// <summary>Ports that sent it or an answer to it, in the order of sending.</summary>
    public required IReadOnlyList<string> SentTo { get; init; }

    /// <summary>Stable name of the reason if it was dropped, else null.</summary>
    public required string? DropReason { get; init; }

    /// <summary>The last line: <c>VERDICT forwarded up0, web1</c> or <c>VERDICT dropped by classify: vlan-not-allowed (…)</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>All lines as a person reads them, the verdict last.</summary>
    public string ToText()
    {
        int width = Lines.Count == 0 ? 0 : Lines.Max(line => line.Stage.Length);
        var text = new StringBuilder();
        foreach (TraceLine line in Lines)
        {
            text.Append(line.Stage.PadRight(width)).Append("  ").Append(line.Text).Append('\n');
        }

        return text.Append(Verdict).Append('\n').ToString();
    }
}
