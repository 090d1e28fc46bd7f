namespace Weft.Host.Config;

/// <summary>Transports of the OpenTelemetry protocol.</summary>
public enum OtlpProtocol
{
    /// <summary>Protocol buffers over HTTP, port 4318 by convention.</summary>
    Http,

    /// <summary>gRPC, port 4317 by convention.</summary>
    Grpc,
}
