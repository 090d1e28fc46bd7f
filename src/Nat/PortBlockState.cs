namespace Weft.Nat;

/// <summary>How much of a block is in use, over all protocols; for whoever leases blocks.</summary>
/// <param name="Free">Ports that can be given out, of the protocol that has fewest.</param>
/// <param name="Used">Mappings of all protocols.</param>
/// <param name="Resting">Ports of all protocols that wait out their hold-down.</param>
/// <param name="Draining">True if no new mapping is made from it.</param>
public readonly record struct PortBlockState(int Free, int Used, int Resting, bool Draining)
{
    /// <summary>True if nothing uses the block and nothing in it rests: it can be given to another host.</summary>
    public bool IsIdle => Used == 0 && Resting == 0;
}
