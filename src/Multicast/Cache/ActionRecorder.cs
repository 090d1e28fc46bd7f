namespace Weft.Multicast;

/// <summary>
/// What the slow path calls: every action is carried out at once and appended to the program. If the memory is full the action is still
/// carried out, and the program is given up.
/// </summary>
internal ref struct ActionRecorder<TSink>
    where TSink : struct, IReplicaSink
{
    private readonly ProgramArena? _arena;
    private readonly StateVersions _versions;
    private ReplicaEditor<TSink> _editor;
    private int _first = ProgramArena.None;
    private int _block = ProgramArena.None;
    private int _at = ProgramArena.BlockWords - 1;
    private bool _failed;

    /// <summary>Starts a program; without <paramref name="arena"/> nothing is recorded.</summary>
    public ActionRecorder(ProgramArena? arena, StateVersions versions, ReplicaEditor<TSink> editor)
    {
        _arena = arena;
        _versions = versions;
        _editor = editor;
        _failed = arena is null;
    }

    /// <summary>True if the program serves one source only, because the slow path looked at it.</summary>
    public bool ReadSource { get; private set; }

    public readonly bool HasOutput => _editor.HasOutput;

    public void DependsOn(int slot) => Append(Operation.DependsOn(slot, _versions[slot]));

    public void DependsOnSource(bool read) => ReadSource |= read;

    public void Do(OperationKind kind, ulong operand = 0) => Do(Operation.Of(kind, operand));

    public void Do(Operation operation)
    {
        Append(operation);
        _editor.Execute(operation);
    }

    /// <summary>Ends the program.</summary>
    /// <returns>Its first block, or <see cref="ProgramArena.None"/> if it was given up.</returns>
    public int Finish()
    {
        Append(Operation.Of(OperationKind.End));
        return _failed ? ProgramArena.None : _first;
    }

    private void Append(Operation operation)
    {
        if (_failed)
        {
            return;
        }

        if (_at == ProgramArena.BlockWords - 1 && !TryGrow())
        {
            _failed = true;
            _arena!.Free(_first);
            return;
        }

        _arena!.Write(_block, _at++, operation);
    }

    private bool TryGrow()
    {
        if (!_arena!.TryRent(out int next))
        {
            return false;
        }

        if (_block == ProgramArena.None)
        {
            _first = next;
        }
        else
        {
            _arena.Link(_block, next);
        }

        _block = next;
        _at = 0;
        return true;
    }
}
