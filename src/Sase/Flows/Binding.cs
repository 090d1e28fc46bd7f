namespace Weft.Sase.Flows;

/// <summary>A public endpoint that stands for one of a tenant, whomever it speaks to (RFC 4787 REQ-1).</summary>
internal struct Binding
{
    /// <summary>Flows that need it.</summary>
    public int Flows;
}
