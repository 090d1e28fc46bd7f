namespace Weft.Cluster;

/// <summary>How a store does.</summary>
/// <param name="Kind">What it is: <c>memory</c>, <c>file</c> or <c>etcd</c>.</param>
/// <param name="Place">The file, or the member that answered last; empty if none has.</param>
/// <param name="Revision">The highest revision seen.</param>
/// <param name="LastAnswer">When a request last succeeded, on the store's clock; null before the first.</param>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Failures">Attempts that failed: no connection, no answer in time, or a member without a leader.</param>
/// <param name="WatchesResumed">Watches that were continued after their connection was lost.</param>
public sealed record StoreStatus(string Kind, string Place, long Revision, DateTimeOffset? LastAnswer, long Requests, long Failures, long WatchesResumed);
