using Weft.Host.Datapath;

namespace Weft.Host.Observe;

/// <summary>Takes down what the stages say about a traced packet. It exists only in the twin that a trace runs in.</summary>
internal sealed class TraceRecorder
{
    private readonly List<TraceLine> _lines = [];
    private readonly List<string> _sentTo = [];
    private readonly List<(DropReason Reason, string Detail)> _drops = [];
    private string _lastNote = "";

    private string? _consumed;
    private string? _held;

    /// <summary>A stage did something.</summary>
    public void Note(StageId stage, string text)
    {
        _lines.Add(new TraceLine(StageNames.Of(stage), text));
        _lastNote = text;
    }

    /// <summary>The packet was meant for the switch.</summary>
    public void Consume(StageId stage, string text)
    {
        Note(stage, text);
        _consumed = text;
    }

    /// <summary>The packet, or a copy, waits.</summary>
    public void Wait(StageId stage, string text)
    {
        Note(stage, $"waits {text}");
        _held = $"held by {StageNames.Of(stage)} (waits {text})";
    }

    /// <summary>A port sent the packet, a copy of it or an answer to it, or a question of the switch's own.</summary>
    public void Sent(string port, int bytes, bool isQuestion)
    {
        Note(StageId.Transmit, isQuestion ? $"question for a next hop to port {port}" : $"{bytes} bytes to port {port}");
        if (!isQuestion)
        {
            _sentTo.Add(port);
        }
    }

    /// <summary>A stage dropped the packet or a copy.</summary>
    public void Dropped(DropReason reason)
    {
        _drops.Add((reason, _lastNote));
        Note(DropReasons.StageOf(reason), $"drop: {DropReasons.Explain(reason).Name}");
    }

    /// <summary>All of it, with the verdict.</summary>
    public PacketTrace ToTrace()
    {
        (TraceOutcome outcome, string verdict) = Judge();
        return new PacketTrace
        {
            Lines = [.. _lines],
            Outcome = outcome,
            SentTo = [.. _sentTo],
            DropReason = outcome == TraceOutcome.Dropped ? DropReasons.Explain(_drops[0].Reason).Name : null,
            Verdict = "VERDICT " + verdict,
        };
    }

    private (TraceOutcome, string) Judge()
    {
        string ports = string.Join(", ", _sentTo);
        if (_consumed is not null)
        {
            return (TraceOutcome.Consumed, _sentTo.Count == 0 ? $"consumed ({_consumed})" : $"consumed, answer to {ports} ({_consumed})");
        }

        if (_held is not null && _sentTo.Count == 0)
        {
            return (TraceOutcome.Held, _held);
        }

        if (_sentTo.Count == 0 && _drops.Count > 0)
        {
            (DropReason reason, string detail) = _drops[0];
            DropExplanation explanation = DropReasons.Explain(reason);
            return (TraceOutcome.Dropped, $"dropped by {explanation.Stage}: {explanation.Name} ({detail})");
        }

        return (TraceOutcome.Forwarded, $"forwarded {ports}");
    }
}
