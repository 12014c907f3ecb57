package main

type exportCmd struct{}

func (exportCmd) Run() error { return nil }
