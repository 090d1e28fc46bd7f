namespace Weft.Ids;

/// <summary>Compares messages of applications with rules.</summary>
internal sealed class MessageInspector(AppStore store, RuleMatcher matcher) : IMessageEvents
{
    private const int MaxInstances = 64;

    /// <summary>The rules in use.</summary>
    public ImageScratch? Scratch { get; set; }

    /// <summary>Who tells of messages; null if nobody wants to know.</summary>
    public ConversationTeller? Teller { get; init; }

    public void OnHead(ref Inspection inspection, int session)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        side.MatchedCount = side.PendingCount = 0;
        Load(ref inspection, session, ref side);
        Inspect(ref inspection, BufferStage.Head, store.MatchedOf(session, inspection.ToServer), ref side.MatchedCount, store.PendingOf(session, inspection.ToServer), ref side.PendingCount);
        inspection.HasMessage = false;
        if (inspection.Flow.App == AppProtocol.Dns || (inspection.Flow.App == AppProtocol.Tls && !inspection.ToServer))
        {
            Teller?.Tell(ref inspection, session);
        }
    }

    public void OnComplete(ref Inspection inspection, int session)
    {
        if (!inspection.ToServer)
        {
            Teller?.Tell(ref inspection, session);
        }
    }

    public void OnBody(ref Inspection inspection, int session, bool isComplete)
    {
        ref AppDirection side = ref store[session, inspection.ToServer];
        long total = side.BodySkipped + side.BodyLength;
        if (total == side.BodyInspected && !isComplete)
        {
            return;
        }

        side.BodyInspected = total;
        Load(ref inspection, session, ref side);
        inspection.IsBodyComplete = isComplete;
        Inspect(ref inspection, BufferStage.Body, store.MatchedOf(session, inspection.ToServer), ref side.MatchedCount, store.PendingOf(session, inspection.ToServer), ref side.PendingCount);
        inspection.HasMessage = false;
    }

    /// <summary>Compares a message that came whole in one packet.</summary>
    public void InspectDatagram(ref Inspection inspection)
    {
        inspection.HasMessage = true;
        inspection.Head = inspection.Payload;
        inspection.Body = default;
        inspection.IsBodyComplete = true;
        int none = 0;
        Inspect(ref inspection, BufferStage.Head, [], ref none, [], ref none);
        inspection.HasMessage = false;
        Teller?.TellDatagram(ref inspection, inspection.Payload);
    }

    private void Load(ref Inspection inspection, int session, ref AppDirection side)
    {
        inspection.HasMessage = true;
        inspection.Head = store.HeadOf(session, inspection.ToServer)[..side.HeadLength];
        inspection.Body = store.BodyOf(session, inspection.ToServer)[..(inspection.Flow.App == AppProtocol.Http ? side.BodyLength : 0)];
        inspection.IsHeadCut = side.IsHeadCut;
        inspection.BodySkipped = side.BodySkipped;
        inspection.IsBodyComplete = false;
        inspection.Message = side.Messages;
    }

    private void Inspect(ref Inspection inspection, BufferStage stage, Span<int> matched, ref int matchedCount, Span<int> pending, ref int pendingCount)
    {
        ImageScratch scratch = Scratch!;
        RuleImage image = scratch.Image;
        MessagePlan plan = image.PlanOf(inspection.Flow.App, inspection.ToServer, stage);
        if (plan.IsEmpty && (stage == BufferStage.Head || pendingCount == 0))
        {
            return;
        }

        matcher.Buffers.Begin(image);
        Candidates candidates = scratch.MessageCandidates;
        candidates.Clear();
        candidates.Add(plan.Unanchored);
        if (stage == BufferStage.Body)
        {
            candidates.Add(pending[..pendingCount]);
        }

        foreach (MessageScan scan in plan.Scans)
        {
            Gather(scratch, scan, ref inspection, candidates);
        }

        foreach (int rule in candidates.InOrder())
        {
            CompiledRule compiled = image.CompiledRules[rule];
            if (matched[..matchedCount].Contains(rule))
            {
                continue;
            }

            if (compiled.Stage > stage)
            {
                Remember(rule, pending, ref pendingCount);
            }
            else if (matcher.TryMatch(image, rule, ref inspection, AlertSource.Message))
            {
                Remember(rule, matched, ref matchedCount);
            }
        }

        matcher.Meter.Counters.CutShort += matcher.Buffers.IsCutShort ? 1 : 0;
    }

    private void Gather(ImageScratch scratch, MessageScan scan, ref Inspection inspection, Candidates candidates)
    {
        ImageBuffer made = scratch.Image.Buffers[scan.Buffer];
        RuleCompletion completion = scratch.MessageCompletion;
        bool isMultiple = BufferTraits.IsMultiple(made.Kind);
        for (int instance = 0; instance < (isMultiple ? MaxInstances : 1); instance++)
        {
            if (!matcher.Buffers.TryGet(made, scan.Buffer, instance, ref inspection, out ReadOnlySpan<byte> data))
            {
                return;
            }

            completion.Begin(scan.Group);
            completion.Scan(data, 0, ref matcher.Meter.Counters.Scan);
            ReadOnlySpan<int> complete = completion.Complete();
            matcher.Meter.Counters.Candidates += complete.Length;
            candidates.Add(scan.Group, complete, RulePhases.Packet);
            candidates.AddPlaced(scan.Group, data, RulePhases.Packet);
        }
    }

    private void Remember(int rule, Span<int> list, ref int count)
    {
        if (count < list.Length)
        {
            list[count++] = rule;
        }
        else if (!list.IsEmpty)
        {
            matcher.Meter.Counters.CutShort++;
        }
    }
}
