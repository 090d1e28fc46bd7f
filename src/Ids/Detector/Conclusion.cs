using Weft.Packets;

namespace Weft.Ids;

/// <summary>Makes verdict and alerts of the rules that matched a packet, in the order in which rules apply.</summary>
internal sealed class Conclusion(RuleMatcher matcher, DetectorOptions options, DetectorMeter meter) : IDisposable
{
    private readonly ThresholdTable _thresholds = new(options.ThresholdCapacity, options.Seed);

    public Verdict Conclude(RuleImage image, ref Inspection inspection, Span<Alert> alerts, ref int alertCount)
    {
        MatchList matches = matcher.Matches;
        if (matches.Count == 0)
        {
            return Verdict.Accept;
        }

        matches.Sort();
        Verdict verdict = Verdict.Accept;
        PacketFacts reversed = inspection.Packet.Reversed();
        for (int i = 0; i < matches.Count; i++)
        {
            ref readonly Match match = ref matches[i];
            Rule rule = image.CompiledRules[match.Rule].Rule;
            ref PacketFacts packet = ref match.ToServer == inspection.ToServer ? ref inspection.Packet : ref reversed;
            ref FlowState flow = ref inspection.Flow;
            RuleAction action = rule.RateFilter is RateFilter filter && _thresholds.IsTooMany(rule, filter, in packet, flow.Id, inspection.Now) ? filter.Action : rule.Action;

            // A match below the filter's count is no match; one above a threshold is one that nobody is told of.
            bool isDue = rule.Threshold is not ThresholdOptions threshold || _thresholds.Count(rule, threshold, in packet, flow.Id, inspection.Now);
            if (!isDue && rule.Threshold!.Kind == ThresholdKind.DetectionFilter)
            {
                meter.Counters.AlertsSuppressed++;
                continue;
            }

            // A rule that asks for something of the packet itself decides about that packet only.
            bool isForAll = match.Source != AlertSource.Packet || image.CompiledRules[match.Rule].AsksNothingOfPackets;
            if (action == RuleAction.Pass)
            {
                flow.IsPassed |= isForAll;
                break;
            }

            if (flow.IsPassed && match.Rule > image.FirstPass)
            {
                break;
            }

            bool blocks = options.IsInline && action is RuleAction.Drop or RuleAction.Reject && options.IsInline;
            verdict = !blocks ? verdict : action == RuleAction.Reject || verdict == Verdict.Reject ? Verdict.Reject : Verdict.Drop;
            flow.IsDropped |= blocks && isForAll;
            if (!rule.IsSilent)
            {
                flow.HasAlerted |= isDue;
                Report(new Alert(rule, action, in packet, in match, in flow, (ulong)meter.Counters.Packets, blocks), isDue && !IsSuppressed(rule, in packet), alerts, ref alertCount);
            }
        }

        matches.Clear();
        return verdict;
    }

    public void Dispose() => _thresholds.Dispose();

    private static bool IsSuppressed(Rule rule, in PacketFacts packet)
    {
        foreach (Suppression suppression in rule.Suppressions)
        {
            bool isOne = suppression.Addresses is not AddressSet addresses
                || (suppression.Track != ThresholdTrack.Destination && addresses.Contains(packet.Source))
                || (suppression.Track != ThresholdTrack.Source && addresses.Contains(packet.Destination));
            if (isOne)
            {
                return true;
            }
        }

        return false;
    }

    private void Report(in Alert alert, bool isDue, Span<Alert> alerts, ref int alertCount)
    {
        if (!isDue)
        {
            meter.Counters.AlertsSuppressed++;
        }
        else if (alertCount == alerts.Length)
        {
            meter.Counters.AlertsLost++;
        }
        else
        {
            alerts[alertCount++] = alert;
            meter.Counters.Alerts++;
        }
    }
}
