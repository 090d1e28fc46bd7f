namespace Weft.Ports;

/// <summary>Whether frames can pass a port.</summary>
public enum PortStatus
{
    /// <summary>Frames pass.</summary>
    Up,

    /// <summary>The device is down or gone; the port tries to come back by itself.</summary>
    Down,

    /// <summary>A capture or simulation that has delivered its last frame. It still sends.</summary>
    Ended,
}
