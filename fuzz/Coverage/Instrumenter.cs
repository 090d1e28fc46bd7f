using System.Globalization;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Weft.Fuzz.Coverage;

/// <summary>
/// Writes a copy of an assembly that counts every basic block it enters. Coverage tools for tests record lines for a report at the end; a fuzzer asks after
/// every case, a million times a minute, so a counter is one byte at a fixed place.
/// </summary>
internal sealed class Instrumenter : IDisposable
{
    /// <summary>The file beside instrumented assemblies that says which counters are whose.</summary>
    public const string RangesFile = "coverage-ranges.txt";

    private readonly DefaultAssemblyResolver _resolver = new();
    private readonly List<string> _ranges = [];
    private int _next;

    public Instrumenter(string folder) => _resolver.AddSearchDirectory(folder);

    /// <summary>Replaces an assembly by its counting copy.</summary>
    public void Instrument(string path)
    {
        int first = _next;
        using (var assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = _resolver, InMemory = true }))
        {
            ModuleDefinition module = assembly.MainModule;
            FieldReference counters = module.ImportReference(typeof(CoverageMap).GetField(nameof(CoverageMap.Counters)));
            foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
            {
                Count(method.Body, counters);
            }

            assembly.Write(path);
        }

        _ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)} {first} {_next}"));
    }

    /// <summary>Writes which counters belong to which assembly.</summary>
    public void WriteRanges(string folder) => File.WriteAllLines(Path.Combine(folder, RangesFile), _ranges);

    /// <summary>Reads what <see cref="WriteRanges"/> wrote; null where nothing is instrumented.</summary>
    public static Dictionary<string, Range>? ReadRanges(string folder)
    {
        string path = Path.Combine(folder, RangesFile);
        return !File.Exists(path) ? null : File.ReadLines(path).Select(line => line.Split(' ')).ToDictionary(
            parts => parts[0],
            parts => int.Parse(parts[1], CultureInfo.InvariantCulture)..int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public void Dispose() => _resolver.Dispose();

    private void Count(MethodBody body, FieldReference counters)
    {
        body.SimplifyMacros();
        var heads = new HashSet<Instruction> { body.Instructions[0] };
        foreach (Instruction instruction in body.Instructions)
        {
            foreach (Instruction target in Targets(instruction))
            {
                heads.Add(target);
            }

            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Next is { } next)
            {
                heads.Add(next);
            }
        }

        // A prefix and the instruction that it belongs to must stay together.
        heads.RemoveWhere(head => head.Previous?.OpCode.OpCodeType == OpCodeType.Prefix);
        ILProcessor code = body.GetILProcessor();
        foreach (Instruction head in heads)
        {
            if (_next == CoverageMap.Capacity)
            {
                throw new InvalidOperationException($"more than {CoverageMap.Capacity} blocks");
            }

            Insert(code, head, counters, _next++);
        }

        body.OptimizeMacros();
    }

    /// <summary>Puts the counting in front of a block, under the block's own name, so that all who jumped to the block count.</summary>
    private static void Insert(ILProcessor code, Instruction head, FieldReference counters, int index)
    {
        Instruction moved = Instruction.Create(OpCodes.Nop);
        (moved.OpCode, moved.Operand) = (head.OpCode, head.Operand);
        (head.OpCode, head.Operand) = (OpCodes.Ldsfld, counters);
        Instruction[] counting =
        [
            Instruction.Create(OpCodes.Ldc_I4, index), Instruction.Create(OpCodes.Add), Instruction.Create(OpCodes.Dup), Instruction.Create(OpCodes.Ldind_U1),
            Instruction.Create(OpCodes.Ldc_I4_1), Instruction.Create(OpCodes.Add), Instruction.Create(OpCodes.Conv_U1), Instruction.Create(OpCodes.Stind_I1), moved,
        ];
        Instruction after = head;
        foreach (Instruction instruction in counting)
        {
            code.InsertAfter(after, instruction);
            after = instruction;
        }

    }

    private static Instruction[] Targets(Instruction instruction) => instruction.Operand switch
    {
        Instruction target => [target],
        Instruction[] targets => targets,
        _ => [],
    };
}
