namespace Weft.Bridge;

/// <summary>How many addresses are learned in each segment and at each place, and how many may be.</summary>
internal sealed class LearnLimits
{
    private const int VlanCount = 4096;

    private readonly int _portCount;
    private readonly int[] _atLocation;
    private readonly int[] _locationLimit;
    private readonly int[] _inVlan = new int[VlanCount];
    private readonly int[] _vlanLimit = new int[VlanCount];

    public LearnLimits(int portCount, int vtepCount)
    {
        _portCount = portCount;
        _atLocation = new int[portCount + vtepCount];
        _locationLimit = new int[portCount + vtepCount];
        _locationLimit.AsSpan().Fill(int.MaxValue);
        _vlanLimit.AsSpan().Fill(int.MaxValue);
    }

    /// <summary>Goes on with what is counted where the places keep their numbers, but with room for another number of them.</summary>
    public LearnLimits(int portCount, int vtepCount, LearnLimits counted)
        : this(portCount, vtepCount)
    {
        int ports = Math.Min(portCount, counted._portCount);
        counted._atLocation.AsSpan(0, ports).CopyTo(_atLocation);
        ReadOnlySpan<int> vteps = counted._atLocation.AsSpan(counted._portCount);
        vteps[..Math.Min(vtepCount, vteps.Length)].CopyTo(_atLocation.AsSpan(portCount));
        counted._inVlan.CopyTo(_inVlan, 0);
        counted._vlanLimit.CopyTo(_vlanLimit, 0);
    }

    public int CountAt(BridgeLocation where) => _atLocation[Index(where)];

    public void SetVlanLimit(ushort vlan, int limit) => _vlanLimit[vlan] = limit;

    public void SetLocationLimit(BridgeLocation where, int limit) => _locationLimit[Index(where)] = limit;

    public bool HasRoom(BridgeLocation where)
    {
        int index = Index(where);
        return _atLocation[index] < _locationLimit[index];
    }

    public bool HasRoom(ushort vlan, BridgeLocation where) => _inVlan[vlan] < _vlanLimit[vlan] && HasRoom(where);

    public void Take(ushort vlan, int location)
    {
        _inVlan[vlan]++;
        _atLocation[Index(location)]++;
    }

    public void Release(ushort vlan, int location)
    {
        _inVlan[vlan]--;
        _atLocation[Index(location)]--;
    }

    public void Move(int from, int to)
    {
        _atLocation[Index(from)]--;
        _atLocation[Index(to)]++;
    }

    private int Index(int location) => Index(BridgeLocation.FromCode(location));

    private int Index(BridgeLocation where) => where.IsVtep ? _portCount + where.Index : where.Index;
}
