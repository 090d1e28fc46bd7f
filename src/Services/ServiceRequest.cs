namespace Weft.Services;

/// <summary>What a service wants beside its verdict.</summary>
internal struct ServiceRequest
{
    public int Front;
    public int Back;
    public ServiceReason Reason;
    public bool IsDoubtful;
}
