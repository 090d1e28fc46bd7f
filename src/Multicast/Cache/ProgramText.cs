using Weft.Packets;

namespace Weft.Multicast;

/// <summary>Says what a program does.</summary>
internal static class ProgramText
{
    public static FlowSnapshot Describe(FlowCache cache, int entry, Func<int, string>? portName)
    {
        FlowCache.Entry flow = cache[entry];
        return new FlowSnapshot(
            flow.Key.Segment, flow.Key.Ingress, flow.Key.Source, flow.Key.Group, flow.Frames, cache.IsCurrent(entry), [.. Lines(cache.Arena, flow.FirstBlock, portName ?? (port => $"{port}"))]);
    }

    private static List<string> Lines(ProgramArena arena, int block, Func<int, string> portName)
    {
        var lines = new List<string>();
        string indent = "";
        while (block != ProgramArena.None)
        {
            ReadOnlySpan<ulong> words = arena.Block(block);
            foreach (ulong word in words[..(ProgramArena.BlockWords - 1)])
            {
                var operation = new Operation(word);
                switch (operation.Kind)
                {
                    case OperationKind.End:
                        return lines;
                    case OperationKind.DependsOn:
                        continue;
                    case OperationKind.Leave:
                        indent = "";
                        continue;
                    case OperationKind.Enter:
                        lines.Add("branch");
                        indent = "  ";
                        continue;
                    default:
                        lines.Add(indent + Line(operation, portName));
                        break;
                }
            }

            block = ProgramArena.Next(words);
        }

        return lines;
    }

    private static string Line(Operation operation, Func<int, string> portName) => operation.Kind switch
    {
        OperationKind.SetVlan => $"vlan {operation.Operand}",
        OperationKind.SetSource => $"source {new MacAddress(operation.Operand)}",
        OperationKind.DecrementTtl => $"ttl - 1 if above {operation.Operand}",
        OperationKind.ReplicateLocally => "mark to replicate in its subnet",
        OperationKind.Output => $"output {portName((ushort)operation.Operand)}",
        OperationKind.NoListener => "nobody listens",
        _ => "not routed: wrong incoming segment",
    };
}
