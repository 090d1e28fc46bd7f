using Weft.Packets;

namespace Weft.Ids;

/// <summary>Compares single packets with the rules that are for them.</summary>
internal sealed class PacketRules(RuleMatcher matcher, StreamInspector streams, DetectorMeter meter)
{
    /// <summary>The rules in use.</summary>
    public ImageScratch? Scratch { get; set; }

    /// <summary>Compares a packet with the rules that ask for nothing but its headers.</summary>
    public void MatchHeader(ref Inspection inspection)
    {
        foreach (int rule in Scratch!.Image.HeaderRules)
        {
            matcher.TryMatch(Scratch!.Image, rule, ref inspection, AlertSource.Packet);
        }
    }

    /// <summary>Compares a packet that belongs to a conversation.</summary>
    public void Match(ref Inspection inspection)
    {
        RuleImage image = Scratch!.Image;
        MatchHeader(ref inspection);
        if (image.HasAddressRules)
        {
            MatchAddresses(image, ref inspection);
        }

        ref PacketFacts packet = ref inspection.Packet;
        ref FlowState flow = ref inspection.Flow;
        if (packet.IsUdp && !flow.AppDecided && !packet.Payload.IsEmpty)
        {
            flow.App = AppProbe.Datagram(packet.Payload, packet.SourcePort, packet.DestinationPort);
            flow.IsAppNew = flow.AppDecided = true;
        }

        foreach (int rule in flow.IsAppNew ? image.ProtocolRules : [])
        {
            matcher.TryMatch(image, rule, ref inspection, AlertSource.Packet);
        }

        Gather(image, ref inspection);
        matcher.Buffers.Begin(image);
        foreach (int rule in Scratch!.Candidates.InOrder())
        {
            bool matches = matcher.TryMatch(image, rule, ref inspection, AlertSource.Packet);
            if (matches && inspection.IsInStream && (image.CompiledRules[rule].Targets & RuleTargets.Stream) != 0)
            {
                streams.NotePacket(ref inspection.ToServer ? ref flow.Client : ref flow.Server, rule, inspection.StreamEnd);
            }
        }
    }

    private void MatchAddresses(RuleImage image, ref Inspection inspection)
    {
        ref bool isDone = ref inspection.ToServer ? ref inspection.Flow.IsAddressMatchedToServer : ref inspection.Flow.IsAddressMatchedToClient;
        if (!isDone)
        {
            foreach (int rule in image.AddressRules)
            {
                matcher.TryMatch(image, rule, ref inspection, AlertSource.Packet);
            }
        }

        isDone = true;
    }

    private void Gather(RuleImage image, ref Inspection inspection)
    {
        ref PacketFacts packet = ref inspection.Packet;
        PacketTransport transport = packet.IsTcp ? PacketTransport.Tcp : packet.IsUdp ? PacketTransport.Udp : packet.IsIcmp ? PacketTransport.Icmp : PacketTransport.Other;
        ushort port = inspection.ToServer ? packet.DestinationPort : packet.SourcePort;
        int direction = inspection.ToServer ? 1 : 0;
        RuleGroup group = image.Packets[(int)transport][direction].For(port);
        RuleCompletion completion = Scratch!.PacketCompletion;
        if (!inspection.IsScanned)
        {
            completion.Begin(group);
            completion.Scan(packet.Payload, 0, ref meter.Counters.Scan);
        }

        bool isSegment = packet.IsTcp && (inspection.IsInStream || packet.Payload.IsEmpty);
        ReadOnlySpan<int> complete = completion.Complete();
        Candidates candidates = Scratch!.Candidates;
        candidates.Clear();
        RulePhases phase = isSegment ? RulePhases.Segment : RulePhases.Packet;
        candidates.Add(group, complete, phase);
        candidates.AddPlaced(group, packet.Payload, phase);
        (isSegment ? group.OfSegments : group.OfPackets).AddTo(candidates, in packet, port);
        meter.Counters.Candidates += candidates.Count;
    }
}
