using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>A mesh as tables.</summary>
internal static class MeshView
{
    public static void Write(SwitchSnapshot snapshot, ShowTopic topic)
    {
        if (snapshot.Mesh is not MeshSnapshot mesh)
        {
            Terminal.WriteLine("The switch translates for no mesh.");
            return;
        }

        if (topic == ShowTopic.MeshFlows)
        {
            Flows(mesh);
            return;
        }

        Terminal.Write($"Mesh: this is {mesh.Self}, its agent at port {mesh.AgentPort}", Tables.Of(
            mesh.Machines,
            ("machine", m => m.Name),
            ("#number", m => Tables.Number(m.Number)),
            ("identity", m => m.Identity),
            ("addresses", m => string.Join(' ', m.Addresses)),
            ("tunnel", m => m.Tunnel),
            ("ports", m => string.Join(' ', m.Ports))));
        Terminal.WriteLine($"  clients here: {Tables.Count(mesh.RedirectFlows)} connections, {Tables.Count(mesh.Redirected)} packets redirected, {Tables.Count(mesh.Unredirected)} back");
        Terminal.WriteLine($"  servers here: {Tables.Count(mesh.RestoreFlows)} connections, {Tables.Count(mesh.Restored)} packets restored, {Tables.Count(mesh.Unrestored)} back");
        Terminal.WriteLine($"  {Tables.Count(mesh.Flows)} connections remembered; {Tables.Count(mesh.Passed)} packets not the mesh's, {Tables.Count(mesh.Dropped)} dropped");
    }

    private static void Flows(MeshSnapshot mesh) => Terminal.Write("Connections of the mesh", Tables.Of(
        mesh.FlowList,
        ("role", f => f.Kind == "redirect" ? "client" : "server"),
        ("protocol", f => f.Protocol),
        ("client", f => f.Client),
        ("service", f => f.Service),
        ("at the agent", f => $"{f.AgentClient} > {f.AgentService}"),
        ("port", f => f.Port),
        ("state", f => f.State),
        ("#last packet", f => $"{Tables.Count(f.IdleSeconds)} s ago")));
}
