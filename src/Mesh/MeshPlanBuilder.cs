using System.Collections.Immutable;

namespace Weft.Mesh;

/// <summary>
/// Collects the machines of a mesh and makes the plan of one of them. The order in which they were added means nothing.
/// </summary>
public sealed class MeshPlanBuilder
{
    private readonly List<MeshMachine> _machines = [];
    private readonly LoopbackPool _pool;

    /// <summary>Creates a builder of a mesh without machines.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A prefix of the pool is outside its documented range.</exception>
    public MeshPlanBuilder(LoopbackPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Validate();
        _pool = pool;
    }

    /// <summary>Adds a machine. What is wrong with it is said when a plan is made.</summary>
    public MeshPlanBuilder Add(MeshMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _machines.Add(machine with { Ports = [.. machine.Ports.Order()] });
        return this;
    }

    /// <summary>Everything that is wrong with the mesh, in the order of machines; empty if plans can be made.</summary>
    public ImmutableArray<MeshConflict> FindConflicts()
    {
        var search = new ConflictSearch(_pool);
        foreach (MeshMachine machine in Sorted())
        {
            search.Look(machine);
        }

        return search.Finish();
    }

    /// <summary>Makes the plan of a machine.</summary>
    /// <param name="self">Whose.</param>
    /// <param name="generation">What <see cref="MeshPlan.Generation"/> shall be.</param>
    /// <exception cref="MeshConflictException">The mesh has conflicts; the exception lists every one.</exception>
    public MeshPlan Build(MachineId self, long generation = 0) =>
        TryBuild(self, generation, out MeshPlan? plan, out ImmutableArray<MeshConflict> conflicts) ? plan! : throw new MeshConflictException(conflicts);

    /// <summary>Makes the plan of a machine unless the mesh has conflicts.</summary>
    /// <param name="self">Whose.</param>
    /// <param name="generation">What <see cref="MeshPlan.Generation"/> shall be.</param>
    /// <param name="plan">The plan; null if there are conflicts.</param>
    /// <param name="conflicts">Every conflict.</param>
    public bool TryBuild(MachineId self, long generation, out MeshPlan? plan, out ImmutableArray<MeshConflict> conflicts)
    {
        plan = null;
        conflicts = FindConflicts();
        if (!_machines.Exists(machine => machine.Id == self))
        {
            conflicts = conflicts.Add(new MeshConflict(MeshConflictKind.SelfUnknown, self, $"machine {self}, whose plan is asked for, is none of the mesh"));
        }

        if (!conflicts.IsEmpty)
        {
            return false;
        }

        ImmutableArray<MeshMachine> machines = [.. Sorted()];
        var candidate = new MeshPlan(machines.First(machine => machine.Id == self), machines, _pool, generation);
        var faults = new List<MeshConflict>();
        candidate.Paths = PathProof.Count(candidate, faults);
        conflicts = [.. faults];
        plan = faults.Count == 0 ? candidate : null;
        return plan is not null;
    }

    private IOrderedEnumerable<MeshMachine> Sorted() =>
        _machines.OrderBy(machine => machine.Id).ThenBy(machine => machine.Name, StringComparer.Ordinal);
}
