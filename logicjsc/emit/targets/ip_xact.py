"""``--for ip-xact``: ``component.xml`` of IEEE 1685-2014.

Ports, files, the parameters of register stages and, of a stream, the bus interfaces of AMBA are
described.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

from logicjsc.emit.hdl.ports import Port
from logicjsc.emit.targets.constraints import is_bus
from logicjsc.emit.targets.facts import LIBRARY, VENDOR, VERSION, Facts, facts_about
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.verilog.stages_verilog import stage_parameters

FILE: Final = "component.xml"

_NAMESPACE: Final = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_BUS: Final = {"vendor": "amba.com", "library": "AMBA4", "version": "r0p0_1"}
_FILES: Final = "rtl"


class IpXact(Target):
    """An IP-XACT component."""

    title = "an IP-XACT component (IEEE 1685-2014): ports, files, bus interfaces of streams"

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """The component's description."""
        facts = facts_about(job.circuit)
        root = _component(facts, stage_parameters(job.circuit.manifest.options))
        ET.register_namespace("ipxact", _NAMESPACE)
        ET.register_namespace("xsi", _INSTANCE)
        ET.indent(root)
        text = ET.tostring(root, encoding="unicode")
        return {FILE: f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'}


def _component(facts: Facts, parameters: Mapping[str, int]) -> ET.Element:
    place = f"{_NAMESPACE} {_NAMESPACE}/index.xsd"
    root = ET.Element(_tag("component"), {f"{{{_INSTANCE}}}schemaLocation": place})
    names = {"vendor": VENDOR, "library": LIBRARY, "name": facts.top, "version": VERSION}
    for name, value in names.items():
        _add(root, name, value)
    if facts.stream:
        _streams(_add(root, "busInterfaces"), facts)
    model = _add(root, "model")
    view = _add(_add(model, "views"), "view")
    _add(view, "name", _FILES)
    _add(view, "componentInstantiationRef", _FILES)
    instantiation = _add(_add(model, "instantiations"), "componentInstantiation")
    _add(instantiation, "name", _FILES)
    _add(instantiation, "language", "Verilog")
    _add(instantiation, "moduleName", facts.top)
    if parameters:
        _module_parameters(_add(instantiation, "moduleParameters"), parameters)
    _add(_add(instantiation, "fileSetRef"), "localName", _FILES)
    ports = _add(model, "ports")
    clocks = [Port(name, "input", 1) for name in (facts.clock, facts.reset) if name]
    for port in (*clocks, *facts.inputs, *facts.outputs):
        _port(ports, port)
    file_set = _add(_add(root, "fileSets"), "fileSet")
    _add(file_set, "name", _FILES)
    for name in facts.files:
        file = _add(file_set, "file")
        _add(file, "name", name)
        _add(file, "fileType", "verilogSource")
    _add(root, "description", facts.about)
    return root


def _streams(interfaces: ET.Element, facts: Facts) -> None:
    """The two bus interfaces; the clock and the reset are those of both."""
    for name, role, mode in (("s_axis", "s", "slave"), ("m_axis", "m", "master")):
        interface = _add(interfaces, "busInterface")
        _add(interface, "name", name)
        _add(interface, "busType", **_BUS, name="AXI4Stream")
        kind = _add(_add(interface, "abstractionTypes"), "abstractionType")
        _add(kind, "abstractionRef", **_BUS, name="AXI4Stream_rtl")
        maps = _add(kind, "portMaps")
        logical = {"ACLK": facts.clock, "ARESETn": facts.reset}
        logical |= {
            port.name.removeprefix(f"{role}_axis_").upper(): port.name
            for port in (*facts.inputs, *facts.outputs)
            if port.name.startswith(f"{role}_axis_")
        }
        for bus_name, physical in logical.items():
            mapped = _add(maps, "portMap")
            _add(_add(mapped, "logicalPort"), "name", bus_name)
            _add(_add(mapped, "physicalPort"), "name", physical)
        _add(interface, mode)


def _module_parameters(place: ET.Element, parameters: Mapping[str, int]) -> None:
    for name, value in parameters.items():
        parameter = _add(place, "moduleParameter", dataType="integer", usageType="nontyped")
        _add(parameter, "name", name)
        _add(parameter, "value", str(value))


def _port(ports: ET.Element, port: Port) -> None:
    entry = _add(ports, "port")
    _add(entry, "name", port.name)
    wire = _add(entry, "wire")
    _add(wire, "direction", "in" if port.direction == "input" else "out")
    if is_bus(port):
        vector = _add(_add(wire, "vectors"), "vector")
        _add(vector, "left", str(port.width - 1))
        _add(vector, "right", "0")


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, _tag(tag), attributes)
    child.text = text or None
    return child


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


TARGET: Final = IpXact()
