using System.Text;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Tapping;

namespace Weft.Host.Observe.Captures;

/// <summary>Says in words what happened to a captured frame.</summary>
internal static class CaptureComment
{
    /// <summary>The comment: where the frame was taken and what became of it.</summary>
    public static string Of(TapRecord record) => record.Point switch
    {
        TapPoint.Out => $"out {Port(record, record.Fate.Port(0))}; came through {Port(record, record.Ingress)}",
        TapPoint.Drop => $"{Drop(record.Fate)}; came through {Port(record, record.Ingress)}",
        TapPoint.Stage => $"at {StageNames.Of(record.Stage)}; came through {Port(record, record.Ingress)}; {Outcome(record)}",
        _ => $"in {Port(record, record.Ingress)}; {Outcome(record)}",
    };

    private static string Outcome(TapRecord record)
    {
        ref TapFate fate = ref record.Fate;
        var text = new StringBuilder();
        if (fate.Sent > 0)
        {
            Append(text, "forwarded to ");
            for (int i = 0; i < Math.Min(fate.Sent, TapFate.MaxNamed); i++)
            {
                _ = text.Append(i == 0 ? "" : ", ").Append(Port(record, fate.Port(i)));
            }

            _ = fate.Sent > TapFate.MaxNamed ? text.Append($" and {fate.Sent - TapFate.MaxNamed} more") : text;
        }

        if (fate.Dropped > 0)
        {
            Append(text, fate.Sent == 0 && fate.Dropped == 1 ? Drop(fate) : $"{fate.Dropped} {(fate.Dropped == 1 ? "copy" : "copies")} {Drop(fate)}");
        }

        if (fate.Consumed)
        {
            Append(text, "consumed: it was for the switch");
        }

        if (fate.Held)
        {
            Append(text, "held: it waits for its next hop");
        }

        if (fate.HandedOver > 0)
        {
            Append(text, $"handed to worker {fate.Worker}");
        }

        return text.Length == 0 ? "held by a stage" : text.ToString();
    }

    private static string Drop(in TapFate fate)
    {
        DropExplanation why = DropReasons.Explain(fate.Reason);
        return $"dropped by {why.Stage}: {why.Name}";
    }

    private static string Port(TapRecord record, int index) => index < record.Ports.Length ? record.Ports[index] : "a port that is gone";

    private static void Append(StringBuilder text, string part) => _ = text.Append(text.Length == 0 ? "" : "; ").Append(part);
}
