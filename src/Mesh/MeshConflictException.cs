using System.Collections.Immutable;

namespace Weft.Mesh;

/// <summary>A mesh of which no plan can be made. It says everything that is wrong, not only the first.</summary>
public sealed class MeshConflictException : Exception
{
    /// <summary>Creates it from conflicts, at least one.</summary>
    public MeshConflictException(ImmutableArray<MeshConflict> conflicts)
        : base(string.Join(Environment.NewLine, conflicts)) => Conflicts = conflicts;

    /// <summary>Every conflict.</summary>
    public ImmutableArray<MeshConflict> Conflicts { get; }
}
