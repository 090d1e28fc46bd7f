using Weft.Packets;

namespace Weft.Ids;

/// <summary>Decides whether a rule matches what is looked at, and notes those that do.</summary>
internal sealed class RuleMatcher(BufferSource buffers, AddressBitTable addressBits, DetectorMeter meter)
{
    // Instances of one buffer that a message may have, as far as rules look.
    private const int MaxInstances = 64;

    private readonly RuleEvaluator _evaluator = new();

    public MatchList Matches { get; } = new();

    public BufferSource Buffers => buffers;

    public DetectorMeter Meter => meter;

    /// <summary>Compares a rule; if it matches, what it changes is changed.</summary>
    public bool TryMatch(RuleImage image, int index, ref Inspection inspection, AlertSource source)
    {
        CompiledRule rule = image.CompiledRules[index];
        if (!HeaderFilter.Matches(rule, ref inspection) || !FlowVariables.Matches(rule, in inspection.Flow))
        {
            return false;
        }

        if (rule.AddressBits.Length > 0 && !addressBits.Matches(rule, in inspection.Packet, inspection.Now))
        {
            return false;
        }

        // A stream has strings that were found, and alerted on, before.
        if (rule.NeedsEvaluation || inspection.IsStream)
        {
            meter.Counters.Evaluations++;
            foreach (CompiledSection section in rule.Sections)
            {
                if (!SectionMatches(image.Buffers[section.Buffer], section, ref inspection))
                {
                    return false;
                }
            }
        }

        FlowVariables.Change(rule, ref inspection.Flow);
        if (rule.AddressBits.Length > 0)
        {
            addressBits.Change(rule, in inspection.Packet, inspection.Now);
        }

        if (!Matches.TryAdd(new Match { Rule = index, ToServer = inspection.ToServer, Source = source, Message = inspection.Message }))
        {
            meter.Counters.AlertsLost++;
        }

        return true;
    }

    private bool SectionMatches(ImageBuffer buffer, CompiledSection section, ref Inspection inspection)
    {
        bool isLate = section.Kind == BufferKind.Payload ? !inspection.HasBeginning
            : BufferTraits.StageOf(section.Kind) == BufferStage.Body && inspection.BodySkipped > 0;
        if (isLate && section.IsBoundToBeginning)
        {
            return false;
        }

        bool isThere = buffers.TryGet(buffer, section.Buffer, 0, ref inspection, out ReadOnlySpan<byte> data);
        if (!isThere || section.IsAbsent)
        {
            return !isThere && (section.IsAbsent || section.AbsentOrElse);
        }

        if (section.NeedsEnd && !inspection.IsBodyComplete && BufferTraits.StageOf(section.Kind) == BufferStage.Body)
        {
            return false;
        }

        if (!BufferTraits.IsMultiple(section.Kind))
        {
            return Evaluate(section, data);
        }

        int instance = 0;
        while (isThere && instance < MaxInstances)
        {
            if (Evaluate(section, data))
            {
                return true;
            }

            isThere = buffers.TryGet(buffer, section.Buffer, ++instance, ref inspection, out data);
        }

        return false;
    }

    private bool Evaluate(CompiledSection section, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> bytes = data[..Math.Min(data.Length, RuleEvaluator.MaxPayload)];
        return _evaluator.Matches(section.Checks, bytes, ref meter.Counters);
    }
}
