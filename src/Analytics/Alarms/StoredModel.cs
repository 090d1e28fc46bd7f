namespace Weft.Analytics;

/// <summary>What a model wrote of itself, to be taken up after a restart.</summary>
/// <param name="Format">Version of the form that the bytes have. Who reads them refuses forms that it does not know.</param>
/// <param name="State">The bytes.</param>
public readonly record struct StoredModel(int Format, ReadOnlyMemory<byte> State);
