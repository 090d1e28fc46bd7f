namespace Weft.Host.Config.Document;

/// <summary>The key <c>vlan</c> of a port.</summary>
internal sealed class VlanSection : Section
{
    public Setting<VlanMode> Mode { get; set; }

    public Setting<int> Id { get; set; }

    public Setting<int> Native { get; set; }

    public List<Setting<NumberRange>> Allowed { get; } = [];

    /// <summary>VLANs that <see cref="Allowed"/> names.</summary>
    public IEnumerable<ushort> AllowedIds =>
        Allowed.Where(range => range.IsKnown).SelectMany(range => Enumerable.Range(range.Value.First, range.Value.Count)).Select(id => (ushort)id).Distinct().Order();
}
