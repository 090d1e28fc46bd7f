namespace Weft.Mesh;

/// <summary>Something that is wrong with a mesh.</summary>
/// <param name="Kind">What.</param>
/// <param name="Machine">Which machine's, and null for the mesh as a whole.</param>
/// <param name="Text">A sentence that says which values meet.</param>
public sealed record MeshConflict(MeshConflictKind Kind, MachineId? Machine, string Text)
{
    /// <summary>The sentence.</summary>
    public override string ToString() => Text;
}
