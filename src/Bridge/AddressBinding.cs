using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Which machine has an address.</summary>
/// <param name="Mac">The machine.</param>
/// <param name="IsRouter">Whether it said that it is a router (R flag, RFC 4861 section 4.4).</param>
/// <param name="IsStatic">True if it was configured: it neither ages nor moves.</param>
public readonly record struct AddressBinding(MacAddress Mac, bool IsRouter, bool IsStatic);
