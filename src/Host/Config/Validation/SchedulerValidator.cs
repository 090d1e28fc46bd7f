using Weft.Bridge;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Schedulers, and the ports that have them.</summary>
internal static class SchedulerValidator
{
    private const long BytesPerKilobit = 125;
    private const int BurstsPerSecond = 100;
    private const int LongestFrames = 2;
    private const int FramingBytes = 18;
    private const int DscpClassShift = 3;
    private const int CodePoints = 64, Priorities = 8;

    public static void Validate(ValidationContext context)
    {
        SwitchDocument document = context.Document;
        AclValidator.Unique(document.Schedulers.Select(scheduler => scheduler.Name), "scheduler", context);
        new MatchBuilder(context).Require(document.Ports.Select(port => port.Scheduler), document.Schedulers.Select(scheduler => scheduler.Name), "scheduler");
        foreach (PortSection bond in document.Ports.Where(port => port.Type is { IsKnown: true, Value: PortKind.Bond } && port.Scheduler.IsWritten))
        {
            context.Problems.Error(bond.Scheduler.At, "frames leave by the links of a bond", "this key at each of them");
        }

        foreach (SchedulerSection scheduler in document.Schedulers)
        {
            UniqueValidator.Check(scheduler.Queues.Where(queue => queue.Queue.IsKnown).Select(queue => ($"queue {queue.Queue.Value}", queue.Queue.At)), "is there already", context.Problems);
            UniqueValidator.Check(scheduler.Queues.SelectMany(queue => queue.Dscp).Where(dscp => dscp.IsKnown).Select(dscp => ($"code point {dscp.Value}", dscp.At)), "has a queue already", context.Problems);
            UniqueValidator.Check(scheduler.Queues.SelectMany(queue => queue.Priorities).Where(priority => priority.IsKnown).Select(priority => ($"priority {priority.Value}", priority.At)), "has a queue already", context.Problems);
            foreach (SchedulerQueueSection queue in scheduler.Queues.Where(queue => queue.EcnFrames.IsKnown && queue.Frames.IsKnown && queue.EcnFrames.Value >= queue.Frames.Value))
            {
                context.Problems.Error(queue.EcnFrames.At, $"a queue of {queue.Frames.Value} frames is full before it marks", $"{queue.Frames.Value - 1} at most, or more frames");
            }

            if (scheduler.BurstBytes.IsWritten && !scheduler.Kilobits.IsWritten)
            {
                context.Problems.Error(scheduler.BurstBytes.At, "without 'kilobits' frames leave as fast as the port takes them", "'kilobits' beside it");
            }
        }

        foreach (PortSection port in document.Ports.Where(port => port.Scheduler.IsKnown && port.Mtu.IsKnown))
        {
            SchedulerSection? scheduler = document.Schedulers.Find(known => known.Name.IsKnown && known.Name.Value == port.Scheduler.Value);
            if (scheduler is { BurstBytes.IsWrittenAndKnown: true } && scheduler.BurstBytes.Value < port.Mtu.Value + FramingBytes)
            {
                context.Problems.Error(scheduler.BurstBytes.At, $"a frame of {port.Mtu.Value + FramingBytes} bytes, the longest of port {Quoted.Of(port.Name.Value)}, would never leave", $"{port.Mtu.Value + FramingBytes} at least");
            }
        }
    }

    /// <summary>The plan of a scheduler without errors.</summary>
    public static SchedulerPlan Build(SchedulerSection scheduler, SwitchDocument document)
    {
        var queues = new EgressQueueOptions[EgressSchedulerOptions.Queues];
        Array.Fill(queues, new EgressQueueOptions());
        byte[] ofDscp = [.. Enumerable.Range(0, CodePoints).Select(dscp => (byte)(dscp >> DscpClassShift))];
        byte[] ofPriority = [.. Enumerable.Range(0, Priorities).Select(priority => (byte)(priority < 2 ? 1 - priority : priority))];
        foreach (SchedulerQueueSection queue in scheduler.Queues)
        {
            byte number = (byte)queue.Queue.Value;
            queues[number] = new EgressQueueOptions { Weight = queue.Weight.IsKnown ? queue.Weight.Value : 0, Frames = queue.Frames.Value, Bytes = queue.Bytes.IsKnown ? queue.Bytes.Value : long.MaxValue, MarkFrames = queue.EcnFrames.IsKnown ? queue.EcnFrames.Value : 0 };
            queue.Dscp.ForEach(dscp => ofDscp[dscp.Value] = number);
            queue.Priorities.ForEach(priority => ofPriority[priority.Value] = number);
        }

        long rate = scheduler.Kilobits.IsKnown ? scheduler.Kilobits.Value * BytesPerKilobit : 0;
        int longest = document.Ports.Where(port => port.Scheduler.IsKnown && port.Scheduler.Value == scheduler.Name.Value).Select(port => port.Mtu.Value + FramingBytes).DefaultIfEmpty(FramingBytes).Max();
        return new SchedulerPlan
        {
            Name = scheduler.Name.Value,
            Queues = queues,
            BytesPerSecond = rate,
            BurstBytes = scheduler.BurstBytes.IsKnown ? scheduler.BurstBytes.Value : Math.Max(rate / BurstsPerSecond, LongestFrames * longest),
            ByPriority = scheduler.Trust.Value,
            QueueOfDscp = ofDscp,
            QueueOfPriority = ofPriority,
        };
    }
}
