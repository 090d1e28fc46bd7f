namespace Weft.Bridge;

/// <summary>Numbers of places in a new configuration, and where in which VLAN addresses may be.</summary>
/// <param name="Ports">By old number of a port the new one, -1 if it is gone.</param>
/// <param name="Vteps">The same of remote endpoints.</param>
/// <param name="Places">Where addresses may be, by new numbers.</param>
internal sealed record Renumbering(int[] Ports, int[] Vteps, HashSet<(ushort Vlan, int Place)> Places)
{
    /// <summary>Where an address of a VLAN is in the new configuration, null if nowhere.</summary>
    public int? NewPlaceOf(ushort vlan, int place)
    {
        var old = BridgeLocation.FromCode(place);
        int[] numbers = old.IsVtep ? Vteps : Ports;
        int number = old.Index < numbers.Length ? numbers[old.Index] : -1;
        int code = (old.IsVtep ? BridgeLocation.Vtep(number) : BridgeLocation.Port(number)).Code;
        return number >= 0 && Places.Contains((vlan, code)) ? code : null;
    }
}
